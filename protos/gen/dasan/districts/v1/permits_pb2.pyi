import datetime

from dasan.districts.v1 import work_pb2 as _work_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DocumentStanding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_STANDING_UNSPECIFIED: _ClassVar[DocumentStanding]
    DOCUMENT_STANDING_VALID: _ClassVar[DocumentStanding]
    DOCUMENT_STANDING_UNCOLLECTED: _ClassVar[DocumentStanding]
    DOCUMENT_STANDING_EXPIRED: _ClassVar[DocumentStanding]
    DOCUMENT_STANDING_REVOKED: _ClassVar[DocumentStanding]
    DOCUMENT_STANDING_REPLACED: _ClassVar[DocumentStanding]

class DocumentFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_FORMAT_UNSPECIFIED: _ClassVar[DocumentFormat]
    DOCUMENT_FORMAT_HTML: _ClassVar[DocumentFormat]
    DOCUMENT_FORMAT_PDF: _ClassVar[DocumentFormat]
DOCUMENT_STANDING_UNSPECIFIED: DocumentStanding
DOCUMENT_STANDING_VALID: DocumentStanding
DOCUMENT_STANDING_UNCOLLECTED: DocumentStanding
DOCUMENT_STANDING_EXPIRED: DocumentStanding
DOCUMENT_STANDING_REVOKED: DocumentStanding
DOCUMENT_STANDING_REPLACED: DocumentStanding
DOCUMENT_FORMAT_UNSPECIFIED: DocumentFormat
DOCUMENT_FORMAT_HTML: DocumentFormat
DOCUMENT_FORMAT_PDF: DocumentFormat

class PermitRecord(_message.Message):
    __slots__ = ("checked_at", "missing", "fee_settled_at", "fee_won", "fee_exemption", "documents")
    CHECKED_AT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    FEE_SETTLED_AT_FIELD_NUMBER: _ClassVar[int]
    FEE_WON_FIELD_NUMBER: _ClassVar[int]
    FEE_EXEMPTION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    checked_at: _timestamp_pb2.Timestamp
    missing: _containers.RepeatedScalarFieldContainer[str]
    fee_settled_at: _timestamp_pb2.Timestamp
    fee_won: int
    fee_exemption: str
    documents: _containers.RepeatedCompositeFieldContainer[IssuedDocument]
    def __init__(self, checked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., missing: _Optional[_Iterable[str]] = ..., fee_settled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fee_won: _Optional[int] = ..., fee_exemption: _Optional[str] = ..., documents: _Optional[_Iterable[_Union[IssuedDocument, _Mapping]]] = ...) -> None: ...

class IssuedDocument(_message.Message):
    __slots__ = ("document_no", "round", "standing", "valid_until", "collect_by", "collected_at", "revoked_at", "revocation_reason", "holder", "conditions")
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    COLLECT_BY_FIELD_NUMBER: _ClassVar[int]
    COLLECTED_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    REVOCATION_REASON_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    document_no: str
    round: int
    standing: DocumentStanding
    valid_until: str
    collect_by: _timestamp_pb2.Timestamp
    collected_at: _timestamp_pb2.Timestamp
    revoked_at: _timestamp_pb2.Timestamp
    revocation_reason: str
    holder: str
    conditions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, document_no: _Optional[str] = ..., round: _Optional[int] = ..., standing: _Optional[_Union[DocumentStanding, str]] = ..., valid_until: _Optional[str] = ..., collect_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., collected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revocation_reason: _Optional[str] = ..., holder: _Optional[str] = ..., conditions: _Optional[_Iterable[str]] = ...) -> None: ...

class CheckApplicationRequest(_message.Message):
    __slots__ = ("inquiry_id", "missing", "occurred_at", "command_id", "expected_version")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    missing: _containers.RepeatedScalarFieldContainer[str]
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    def __init__(self, inquiry_id: _Optional[str] = ..., missing: _Optional[_Iterable[str]] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class CheckApplicationResponse(_message.Message):
    __slots__ = ("item", "permit")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    permit: PermitRecord
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ..., permit: _Optional[_Union[PermitRecord, _Mapping]] = ...) -> None: ...

class RecordFeeRequest(_message.Message):
    __slots__ = ("inquiry_id", "amount_won", "exemption", "reference", "occurred_at", "command_id", "expected_version")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_WON_FIELD_NUMBER: _ClassVar[int]
    EXEMPTION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    amount_won: int
    exemption: str
    reference: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    def __init__(self, inquiry_id: _Optional[str] = ..., amount_won: _Optional[int] = ..., exemption: _Optional[str] = ..., reference: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RecordFeeResponse(_message.Message):
    __slots__ = ("item", "permit")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    permit: PermitRecord
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ..., permit: _Optional[_Union[PermitRecord, _Mapping]] = ...) -> None: ...

class RecordCollectionRequest(_message.Message):
    __slots__ = ("inquiry_id", "document_no", "occurred_at", "command_id", "expected_version")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    document_no: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    def __init__(self, inquiry_id: _Optional[str] = ..., document_no: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RecordCollectionResponse(_message.Message):
    __slots__ = ("item", "permit")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    permit: PermitRecord
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ..., permit: _Optional[_Union[PermitRecord, _Mapping]] = ...) -> None: ...

class RevokePermitRequest(_message.Message):
    __slots__ = ("inquiry_id", "reason", "document_no", "occurred_at", "command_id", "expected_version")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    reason: str
    document_no: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    def __init__(self, inquiry_id: _Optional[str] = ..., reason: _Optional[str] = ..., document_no: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RevokePermitResponse(_message.Message):
    __slots__ = ("item", "permit")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    permit: PermitRecord
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ..., permit: _Optional[_Union[PermitRecord, _Mapping]] = ...) -> None: ...

class GetDocumentRequest(_message.Message):
    __slots__ = ("inquiry_id", "document_no", "format")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    document_no: str
    format: DocumentFormat
    def __init__(self, inquiry_id: _Optional[str] = ..., document_no: _Optional[str] = ..., format: _Optional[_Union[DocumentFormat, str]] = ...) -> None: ...

class GetDocumentResponse(_message.Message):
    __slots__ = ("content", "media_type", "document_no")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    media_type: str
    document_no: str
    def __init__(self, content: _Optional[bytes] = ..., media_type: _Optional[str] = ..., document_no: _Optional[str] = ...) -> None: ...

class OrderInspectionRequest(_message.Message):
    __slots__ = ("inquiry_id", "occurred_at", "command_id", "expected_version", "officer_code")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    officer_code: str
    def __init__(self, inquiry_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., officer_code: _Optional[str] = ...) -> None: ...

class OrderInspectionResponse(_message.Message):
    __slots__ = ("item", "permit")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    permit: PermitRecord
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ..., permit: _Optional[_Union[PermitRecord, _Mapping]] = ...) -> None: ...

class ProlongInspectionRequest(_message.Message):
    __slots__ = ("inquiry_id", "occurred_at", "command_id", "expected_version", "officer_code")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    officer_code: str
    def __init__(self, inquiry_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., officer_code: _Optional[str] = ...) -> None: ...

class ProlongInspectionResponse(_message.Message):
    __slots__ = ("item", "permit")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    permit: PermitRecord
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ..., permit: _Optional[_Union[PermitRecord, _Mapping]] = ...) -> None: ...

class EndInspectionRequest(_message.Message):
    __slots__ = ("inquiry_id", "finding", "occurred_at", "command_id", "expected_version", "officer_code")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    finding: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    officer_code: str
    def __init__(self, inquiry_id: _Optional[str] = ..., finding: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., officer_code: _Optional[str] = ...) -> None: ...

class EndInspectionResponse(_message.Message):
    __slots__ = ("item", "permit")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    permit: PermitRecord
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ..., permit: _Optional[_Union[PermitRecord, _Mapping]] = ...) -> None: ...
