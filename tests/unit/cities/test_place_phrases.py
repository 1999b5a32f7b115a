"""Places in the words of many writers: old and angry, without spaces, in English, in dialect."""

from __future__ import annotations

from datetime import date

import pytest

from services.cities import Ambiguous, City, Evidence, Place, Resolved, Suggestion, Unknown, Why

TODAY = date(2026, 11, 23)
ASK = "ask"
"""No district is told; the citizen is asked."""

# What a citizen writes, and what it means: an office's code (ten digits), a district's whose office
# is not told (five), a question, or why nothing can be said.
PHRASES: list[tuple[str, str | Why]] = [
    ("횡단보도 앞, 역삼1동 736", "1168064000"),
    ("여의도 한강공원", "1156054000"),
    ("하수구 막힘, 서대문구 홍제1동", "1141062000"),
    ("강남구 아니고 서초구 양재동이요", "11650"),
    ("과천 중앙동", Why.ELSEWHERE),
    ("종로 창신동", "11110"),
    ("송파 잠실", "11710"),
    ("역삼동에서", "11680"),
    ("서울 역삼동에서", "11680"),
    ("홍제1동까지", "1141062000"),
    ("아이고 여기 서울 종로구 창신동이여", "11110"),
    ("저기 마포구 망원동 시장 앞인데요", "11440"),
    ("관악구 신림동 사는 할머니인데", "11620"),
    ("은평구 불광동 성당 뒤 골목이요", "11380"),
    ("노원구 상계동 주공아파트 앞 횡단보도", "11350"),
    ("우리집은 성북구 정릉동이에요", "11290"),
    ("도봉구 창동 시장통", "11320"),
    ("강북구 수유리 시장 근처", "11305"),
    ("동대문구 제기동 약령시장", "11230"),
    ("영등포구 신길동이올시다", "11560"),
    ("중랑구 면목동 살구요", "11260"),
    ("용산구 후암동 산동네", "11170"),
    ("강서구 화곡동이라고 몇번을 말합니까!!!", "11500"),
    ("구로구 구로동 진짜 짜증나네", "11530"),
    ("야 여기 금천구 독산동이야", "11545"),
    ("아니 동작구 사당동이라니까요", "11590"),
    ("양천구 신월동 쓰레기 좀 치워!!", "11470"),
    ("광진구 자양동ㅡㅡ", "11215"),
    ("성동구 성수동 카페거리 왜 안치움", "11200"),
    ("서울강남구역삼동736번지앞", "11680"),
    ("서울시마포구서교동홍대앞놀이터", "11440"),
    ("송파구가락동농수산물시장앞도로", "11710"),
    ("서대문구홍제1동하수구막힘", "1141062000"),
    ("종로구청운동빗물받이", "1111051500"),
    ("강남구가아니라서초구양재동", "11650"),
    ("서울특별시서초구반포대로58", "11650"),
    ("강동구천호동쪽", "11740"),
    ("중구명동", "11140"),
    ("near Yeoksam-dong, Gangnam-gu", "11680"),
    ("Gangnam-gu 역삼동 GS25 앞", "11680"),
    ("Itaewon-dong, Yongsan-gu, Seoul", "11170"),
    ("서울 마포구 Hongdae 근처", "11440"),
    ("not Gangnam-gu but Seocho-gu Yangjae-dong", "11650"),
    ("Mapo-gu", "11440"),
    ("Jung-gu", ASK),
    ("apt 101 dong, Jamsil-dong, Songpa-gu", "11710"),
    ("송파구 방이동 맞심더", "11710"),
    ("강남구 논현동이라카이", "11680"),
    ("은평구 응암동 있잖애유", "11380"),
    ("마포구 합정동잉께", "11440"),
    ("강남구 말고 서초구 서초동", "11650"),
    ("서초구 아니에요 강남구 개포동이에요", "11680"),
    ("강남구, 아 아니 송파구 잠실동", "11710"),
    ("역삼동 736 아니고 삼성동 159요, 강남구", "11680"),
    ("송파구는 아니고 강동구입니다", "11740"),
    ("강남구 아닌가요 역삼동인데", "11680"),
    ("강남구 서초구 경계", ASK),
    ("강남구랑 서초구 사이", ASK),
    ("마포구 서대문구 어디인지 모르겠어요 신촌", ASK),
    ("06236", "11680"),
    ("우)06236 테헤란로 152", "11680"),
    ("서울 (04524) 세종대로 110", "11140"),
    ("우편번호 05551", "11710"),
    ("우)05551", "11710"),
    ("(우) 05551", "11710"),
    ("우편번호:05551", "11710"),
    ("[05551] 2층", "11710"),
    ("테헤란로 152", "11680"),
    ("테헤란로152 지하", "11680"),
    ("테헤란로 4길 12", "11680"),
    ("세종대로 110", ASK),
    ("강남대로 396", ASK),
    ("서초구 강남대로 273", "11650"),
    ("강남구 강남대로에서", "11680"),
    ("올림픽로 300 (신천동)", "11710"),
    ("서초구 테헤란로 152", ASK),
    ("종로구 종로 1길 50", "11110"),
    ("한강대로 405", ASK),
    ("강남역 11번 출구", ASK),
    ("잠실역 8번출구 앞", "11710"),
    ("송파구 잠실역", "11710"),
    ("강남구청역 3번 출구", "11680"),
    ("신촌역 앞 서대문구", "11410"),
    ("홍대입구역", ASK),
    ("홍대입구역 근처 서교동", "11440"),
    ("강남 역 10번 출구", ASK),
    ("서초구 강남역", "11650"),
    ("종로3가역에서 넘어졌어요", "11110"),
    ("사당역 말고 잠실역", "11710"),
    ("중구 신당역", "11140"),
    ("대구 강남역", ASK),
    ("잠실역에서 버스 타고 화곡동", "11500"),
    ("잠실역세권", Why.UNREADABLE_ADDRESS),
    ("Gangnam Station exit 11", Why.UNREADABLE_ADDRESS),
    ("강남 역삼동", "11680"),
    ("강남 양재동", "11650"),
    ("강남", "11680"),
    ("마포 상암", "11440"),
    ("서울 잠실", "11710"),
    ("압구정 로데오", "11680"),
    ("이태원 해밀톤호텔 옆", "11170"),
    ("도봉 방학동", "11320"),
    ("강남구 일원동", "11680"),
    ("강남구 일원 도로", "11680"),
    ("방학 때 공사해 주세요", Why.UNREADABLE_ADDRESS),
    ("강남구 방화 사건", "11680"),
    ("부산에서 왔어요", Why.UNREADABLE_ADDRESS),
    ("부산광역시에서 왔어요", Why.UNREADABLE_ADDRESS),
    ("부산에서 강남구 역삼동으로 이사했어요", "11680"),
    ("인천 중구 신포동", Why.ELSEWHERE),
    ("경기도 과천시 별양동", Why.ELSEWHERE),
    ("수원시 팔달구", Why.ELSEWHERE),
    ("성남시 분당구 정자동 정자역", Why.ELSEWHERE),
    ("부산에서 이사왔는데 강남구 역삼동입니다", "11680"),
    ("인천 가는 버스, 강서구 화곡동", "11500"),
    ("부산 강서구", Why.ELSEWHERE),
    ("부산 강남구 역삼동", ASK),
    ("안양 만안구 석수동", Why.ELSEWHERE),
    ("대구 동구 신천동", Why.ELSEWHERE),
    ("광명시 철산동", Why.ELSEWHERE),
    ("서울 중구 신당동", "11140"),
    ("중구 신당동", "11140"),
    ("신사동", ASK),
    ("중앙동 주민센터", ASK),
    ("명동", ASK),
    ("삼성동", ASK),
    ("서울 삼성동", ASK),
    ("관악구 중앙동", "1162061500"),
    ("서대문구 홍재동", "11410"),
    ("동대문 밖 창신동", "11110"),
    ("강남구청 앞", "11680"),
    ("강서구 공항동 김포공항", "11500"),
    ("서울역 앞", Why.UNREADABLE_ADDRESS),
    ("서울시청 앞 광장", Why.UNREADABLE_ADDRESS),
    ("한국전력 앞 중구", ASK),
    ("도로 파임 신고합니다", Why.UNREADABLE_ADDRESS),
    ("101동 1203호", Why.UNREADABLE_ADDRESS),
    ("집 앞", Why.UNREADABLE_ADDRESS),
    ("중구난방이네요", Why.UNREADABLE_ADDRESS),
    ("시흥동", ASK),
    ("금천구 시흥동", "11545"),
    ("시흥시 정왕동", Why.ELSEWHERE),
    ("영등포구 양평동4가", "11560"),
    ("양평군 양평읍", Why.ELSEWHERE),
    ("구로 가는 길 화곡동", "11500"),
    ("동작 감지 센서 고장, 화곡동", "11500"),
    ("강남구 아파트 가동 앞", "11680"),
    ("이의 제기합니다 마포구청에", "11440"),
    ("강서구청에 말했는데 안 해줘요 양천구 목동", "11470"),
    ("서초고 앞", Why.UNREADABLE_ADDRESS),
    ("서초고등학교 앞 횡단보도", Why.UNREADABLE_ADDRESS),
    ("구로디지털단지역 3번 출구", ASK),
    ("서울숲 입구", Why.UNREADABLE_ADDRESS),
    ("미아 신고", Why.UNREADABLE_ADDRESS),
    ("성남 모란시장", Why.UNREADABLE_ADDRESS),
    ("과천 서울대공원", Why.UNREADABLE_ADDRESS),
    ("김포공항 국내선 청사", Why.UNREADABLE_ADDRESS),
    ("광주 동구 학동", Why.ELSEWHERE),
    ("한남동 유엔빌리지", "1117068500"),
    ("종로3가 포장마차 골목", "1111061500"),
    ("을지로3가 골목", "11140"),
    ("Jongno 3-ga", "1111061500"),
    ("역삼2동(역삼동 700)", "1168065000"),
    ("서울 송파구 올림픽로 135 리센츠", "11710"),
    ("서울 강남구 봉은사로 524 (삼성동, 코엑스)", "11680"),
    ("03187 서울특별시 종로구 종로 6 (서린동)", "1111061500"),
    ("서울 중구 퇴계로 100 (남산동2가)", "11140"),
    ("성수동2가 카페", "11200"),
    ("당산동 아파트", "11560"),
    ("전주 완산구 효자동", Why.ELSEWHERE),
    ("강남구 강남구", "11680"),
    ("Seocho-gu, not Gangnam-gu", "11650"),
    ("서울특별시 은평구 통일로 684", "11380"),
    ("관악구 남부순환로 1820", "11620"),
    ("남부순환로 1820", ASK),
    ("강동구 암사동 선사유적지 앞 쓰레기더미 며칠째에요", "11740"),
    ("동작구 노량진동 수산시장 냄새", "11590"),
    ("노원구청에서 나왔다는 사람이 월계동에 왔어요", "11350"),
    ("월계동", ASK),
    ("서울시 중랑구 망우로 353", "11260"),
    ("구의동 강변역", "11215"),
    ("역촌동이랑 응암동 사이", "11380"),
    ("신림동 말고 봉천동", "11620"),
    ("봉천동 아니라 신림동 1412", "11620"),
    ("용산 후암시장", "11170"),
    ("광화문 광장", Why.UNREADABLE_ADDRESS),
    ("청와대 앞", Why.UNREADABLE_ADDRESS),
    ("세종시 나성동", Why.ELSEWHERE),
    ("경기 고양시 덕양구 화정동", Why.ELSEWHERE),
    ("고양 덕은동 옆 상암동", ASK),
    ("서울과 인천 사이 강서구 방화동", "11500"),
    ("수원 인계동", Why.ELSEWHERE),
    ("인계동", Why.UNREADABLE_ADDRESS),
    ("김포 사우동", Why.ELSEWHERE),
    ("송도동", Why.UNREADABLE_ADDRESS),
    ("신사동, 부산", ASK),
    ("중앙동, 과천시", Why.ELSEWHERE),
    ("Jung-gu, Busan", Why.ELSEWHERE),
    ("용산 이촌", "11170"),
    ("서대문구 신촌", "11410"),
    ("마포구 신촌", ASK),
    ("상계3·4동", "1135066500"),
    ("제 집은 강북 미아예요", "11305"),
    ("왕십리", Why.UNREADABLE_ADDRESS),
    ("152 Teheran-ro", Why.UNREADABLE_ADDRESS),
    ("Jamsil", "11710"),
    ("중구 명동성당", ASK),
    ("월드컵북로 396", "11440"),
    ("올림픽대로", ASK),
    ("하남 위례동", Why.ELSEWHERE),
    ("송파 위례", "1171064700"),
    ("서초구 반포 자이", "11650"),
    ("양재역 12번출구", ASK),
    ("등촌동 강서구청", "11500"),
]

# A word one letter from a name, or a short name that may be another word: what the other words
# mean, and the name that is suggested.
MISSPELT: list[tuple[str, str, str]] = [
    ("강낭구 역삼동", "11680", "강남구"),
    ("강낭구", ASK, "강남구"),
    ("Gangnm-gu", ASK, "강남구"),
    ("잠실 롯데월드 앞", ASK, "잠실동"),
    ("강남구 역심동", "11680", "역삼동"),
    ("서추구 양재동", "11650", "서초구"),
    ("송파구 잠살동", "11710", "잠실동"),
    ("강낭구 화곡동", ASK, "강남구"),
    ("동대문구 회귀동", "11230", "회기동"),
    ("관학구 신림동", "11620", "관악구"),
    ("신촌", ASK, "신촌동"),
    ("성수", ASK, "성수동"),
    ("반포 자이", ASK, "반포동"),
]


def meaning(found: object, digits: int) -> str | Why:
    """A resolution in the form of the tables."""
    match found:
        case Resolved(admin_dong=office, district=district):
            return office if digits == 10 else district
        case Ambiguous(district=district):
            return district or ASK
        case Unknown(reason=reason):
            return reason
        case _:
            raise AssertionError(found)


@pytest.mark.parametrize(("text", "means"), PHRASES)
def test_a_place_in_a_citizens_words(text: str, means: str | Why, seoul: City) -> None:
    found = seoul.locate(Place(address=text), TODAY)
    assert meaning(found, len(means)) == means
    assert getattr(found, "suggestion", None) is None


@pytest.mark.parametrize(("text", "means", "suggested"), MISSPELT)
def test_a_misspelt_or_short_name_is_said_and_never_taken(
    text: str, means: str, suggested: str, seoul: City
) -> None:
    found = seoul.locate(Place(address=text), TODAY)
    assert isinstance(found, Resolved | Ambiguous)
    assert meaning(found, len(means)) == means
    assert found.suggestion is not None
    assert found.suggestion.names["ko"] == suggested


@pytest.mark.parametrize("found", ["district", "dong"])
def test_what_is_named_beats_any_station(found: str, seoul: City) -> None:
    """A station is a landmark: who names a district or a dong in full means that one, wherever the
    station lies."""
    geography = seoul.locator.geography
    named = {
        "district": [(d.names["ko"], d.code) for d in geography.districts],
        "dong": [("강남구 역삼동", "11680"), ("화곡동", "11500"), ("상암동", "11440")],
    }
    names = named[found]
    for number, (name, code) in enumerate(names):
        # Each name with its share of the stations, and each station with one name.
        for station in list(geography.stations)[number :: len(names)]:
            for text in (f"{name} {station}역", f"{station}역 근처 {name}"):
                place = seoul.locate(Place(address=f"서울 {text}"), TODAY)
                assert meaning(place, 5) == code, text


def test_a_station_alone_means_its_district_and_is_asked_about_at_a_border(seoul: City) -> None:
    for station, districts in seoul.locator.geography.stations.items():
        place = seoul.locate(Place(address=f"{station}역 2번 출구"), TODAY)
        assert isinstance(place, Ambiguous)
        assert place.district == (districts[0] if len(districts) == 1 else None)
        assert place.evidence == (Evidence.STATION_NAME,)
        assert {seoul.office(office).district for office in place.candidates} == set(districts)


def test_the_phrases_are_many() -> None:
    assert len({text for text, *_ in [*PHRASES, *MISSPELT]}) >= 200


def test_a_suggestion_alone_is_no_evidence(seoul: City) -> None:
    alone = seoul.locate(Place(address="강낭구"), TODAY)
    assert isinstance(alone, Ambiguous)
    assert alone.candidates == ("d-11680",)
    assert alone.evidence == ()
    assert alone.question["ko"] == "혹시 강남구입니까?"
    assert alone.question["en"] == "Did you mean Gangnam-gu?"
    assert alone.suggestion == Suggestion(names={"ko": "강남구", "en": "Gangnam-gu"}, code="11680")


def test_a_point_is_not_contradicted_by_a_suggestion(seoul: City) -> None:
    at_city_hall = Place(lat=37.5665, lon=126.978, address="강낭구")
    found = seoul.locate(at_city_hall, TODAY)
    assert isinstance(found, Resolved | Ambiguous)
    assert found.district == "11140"
    assert found.suggestion is not None


def test_a_word_that_suggests_another_district_than_the_dong_is_asked_about(seoul: City) -> None:
    found = seoul.locate(Place(address="강낭구 화곡동"), TODAY)
    assert isinstance(found, Ambiguous)
    assert found.district is None
    assert found.question["ko"].startswith("장소 정보가 서로")


def test_several_districts_are_the_candidates_of_the_question(seoul: City) -> None:
    found = seoul.locate(Place(address="강남구랑 서초구 사이"), TODAY)
    assert isinstance(found, Ambiguous)
    assert found.candidates == ("d-11650", "d-11680")
    assert found.question["ko"] == "여러 구가 적혀 있습니다. 어느 구입니까?"


def test_several_dongs_are_no_contradiction(seoul: City) -> None:
    found = seoul.locate(Place(address="역촌동이랑 응암동 사이"), TODAY)
    assert isinstance(found, Ambiguous)
    assert found.question["ko"] == "은평구의 어느 동입니까?"
    assert len(found.candidates) == 4


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("테헤란로 152", {Evidence.ROAD_NAME}),
        ("06236", {Evidence.POST_CODE}),
        ("송파 잠실", {Evidence.SHORT_NAME}),
        ("강남 역삼동", {Evidence.LEGAL_NAME, Evidence.SHORT_NAME}),
    ],
)
def test_the_evidence_says_what_led_there(text: str, evidence: set[Evidence], seoul: City) -> None:
    found = seoul.locate(Place(address=text), TODAY)
    assert isinstance(found, Resolved | Ambiguous)
    assert set(found.evidence) == evidence


def test_a_post_code_lies_in_one_district(seoul: City) -> None:
    codes = seoul.locator.geography.post_codes
    assert len(codes) == 5638
    for places in codes.values():
        assert len({place[:5] for place in places}) == 1


def test_an_office_whose_name_other_cities_have_too_is_shared(seoul: City) -> None:
    shared = set(seoul.locator.geography.shared_names)
    assert {"중앙동", "여의동", "신촌동", "월계동"} <= shared
    assert "역삼1동" not in shared
