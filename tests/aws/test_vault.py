"""The vault's conditional writes: of two that read the same version, one is overtaken."""


def test_a_document_is_replaced_only_in_the_version_that_was_read(vault):
    assert vault.read_version("one") is None
    assert vault.replace("one", b"first", None).resource_id == f"{vault.bucket}/one"
    assert vault.replace("one", b"too late", None) is None
    body, version = vault.read_version("one")
    assert body == b"first"
    assert vault.replace("one", b"second", version) is not None
    assert vault.replace("one", b"too late", version) is None
    assert vault.replace("missing", b"too late", version) is None
    assert vault.read_version("one")[0] == b"second"
