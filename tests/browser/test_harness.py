"""What the other tests here rely on: a complaint is heard, and a serious fault is found."""

from tests.browser.windows import Windows


def test_complaints_are_heard(windows: Windows) -> None:
    """What a page leaves unhandled, and what its policy refuses, are all noticed."""
    page = windows.open("review")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    with page.expect_event("console"):
        page.evaluate(
            "const s = document.createElement('style'); s.textContent = 'a{}';"
            "document.head.append(s)"
        )
    with page.expect_event("console"):
        page.evaluate("fetch('http://127.0.0.1:9/').catch(() => {})")

    heard = "\n".join(windows.complaints)
    windows.complaints.clear()
    for what in ("thrown", "inline style", "connect-src"):
        assert what in heard


def test_serious_faults_are_found(windows: Windows) -> None:
    """A picture without a text is a finding, and none before it was there."""
    page = windows.open("console")
    before = windows.findings(page)
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")

    assert before == []
    assert any(finding.startswith("image-alt") for finding in windows.findings(page))
