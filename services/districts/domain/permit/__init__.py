"""The permit's part of a case: formal check, fee, document, collection, end."""
