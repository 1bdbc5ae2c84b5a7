"""The feeds are valid Atom (RFC 4287) that readers can follow over corrections and moves."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree as ET

from services.campaign import announcements, feeds, posts
from services.campaign.feeds import ATOM, Entry, Place
from services.campaign.posts import Post, reconsider
from tests.campaign.given import LATER, NOW, figure, insight, known, published, text

NS = {"a": ATOM}
FINNISH = Place("fi", "https://kampanja.example", "/feed.xml")
ENGLISH = Place("en", "https://kampanja.example", "/feed.en.xml")


def feed(*live: Post, place: Place = FINNISH, updated: datetime = NOW) -> ET.Element:
    entries = [Entry(announcements.as_event(post, NOW), updated) for post in live]
    return ET.fromstring(feeds.atom(entries, place))  # noqa: S314 - made right here


def texts(element: ET.Element, path: str) -> list[str | None]:
    return [one.text for one in element.findall(path, NS)]


def required_once(element: ET.Element) -> bool:
    return all(len(element.findall(f"a:{name}", NS)) == 1 for name in ("id", "title", "updated"))


def test_feed_and_entries_have_what_the_format_requires() -> None:
    made = feed(published(), published(insight("i2")))
    assert made.tag == f"{{{ATOM}}}feed"
    assert required_once(made)
    assert texts(made, "a:author/a:name") == ["Latu"]
    assert [one.get("href") for one in made.findall("a:link[@rel='self']", NS)] == [
        "https://kampanja.example/feed.xml"
    ]
    entries = made.findall("a:entry", NS)
    assert len(entries) == 2
    for entry in entries:
        assert required_once(entry)
        assert len(entry.findall("a:link[@rel='alternate']", NS)) == 1
        assert entry.find("a:content", NS).get("type") == "html"
    ids = texts(made, ".//a:id")
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("urn:uuid:") for one in ids)


def test_times_carry_their_offset() -> None:
    for stamp in texts(feed(published()), ".//a:updated") + texts(feed(published()), ".//a:published"):
        assert datetime.fromisoformat(stamp).utcoffset() is not None


def test_an_empty_feed_is_valid_too() -> None:
    assert required_once(feed())


def test_an_entry_keeps_its_id_over_corrections_and_moves_and_its_updated_grows() -> None:
    before = feed(published())
    corrected = reconsider(published(), known(insight(revision=2, figure=figure(1, 2))))
    elsewhere = Place("fi", "https://muualla.example", "/feed.xml")
    after = feed(corrected, place=elsewhere, updated=LATER)
    assert texts(after, "a:entry/a:id") == texts(before, "a:entry/a:id")
    assert texts(after, "a:entry/a:updated")[0] > texts(before, "a:entry/a:updated")[0]
    assert texts(after, "a:updated") == texts(after, "a:entry/a:updated")
    assert "Korjattu" in texts(after, "a:entry/a:content")[0]


def test_the_two_languages_have_entries_of_their_own() -> None:
    finnish, english = feed(published()), feed(published(), place=ENGLISH)
    assert texts(finnish, "a:entry/a:id") != texts(english, "a:entry/a:id")
    assert texts(english, "a:entry/a:title") == ["Leadership: room to improve"]


def test_every_figure_in_an_entry_has_interval_n_band_and_date() -> None:
    content = texts(feed(published()), "a:entry/a:content")[0]
    assert "2,2 (2–2,4; 1–5), vastaajia 50–99, julkaistu 2026-11-20." in content


def test_synthetic_evidence_is_labelled_in_title_category_and_content() -> None:
    made = feed(published(insight(synthetic=True)))
    assert texts(made, "a:entry/a:title")[0].startswith("[synteettinen] ")
    assert made.find("a:entry/a:category[@term='synthetic']", NS) is not None
    assert "synteettinen" in texts(made, "a:entry/a:content")[0]
    assert "synteettinen" not in texts(feed(published()), "a:entry/a:title")[0]


def test_a_held_post_stays_in_the_feed_without_its_figures() -> None:
    content = texts(feed(reconsider(published(), known())), "a:entry/a:content")[0]
    assert "tauolla" in content
    assert "2,2" not in content
    held = feed(posts.hold(published(), text("Tarkistamme")))
    assert "Tarkistamme fi" in texts(held, "a:entry/a:content")[0]


def test_markup_in_a_text_stays_text() -> None:
    nasty = insight(question_text=text("<script>alert('x')</script> & ]]>"))
    content = texts(feed(published(nasty)), "a:entry/a:content")[0]
    assert "<script>" not in content
    assert "&lt;script&gt;" in content
