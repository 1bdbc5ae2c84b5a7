"""Recommendations: which ones the evidence proposes, and where each stands after what people decided."""

from __future__ import annotations

from datetime import datetime

from services.model import wording
from services.model.decisions import Decision, Status
from services.model.evidence import NEEDS, Known, Table, table_for, targets, topic_under
from services.model.grading import Grade, grade
from services.model.reviews import Basis, material_changes
from services.model.subjects import Subject
from shared.events import Certainty, Evidence, InsightReleased, Text, Value
from shared.events.model import RecommendationRevised, Strength

ASKED = Text(
    fi="Asiantuntija pyysi tarkistusta.",
    en="An expert asked for a review.",
    sv="En expert bad om en granskning.",
)
WHOLE_REGION = Text(fi="Koko alue", en="The whole region", sv="Hela regionen")


class Case(Value):
    """What the evidence alone says about one subject."""

    subject: Subject
    table: Table
    grade: Grade
    proposed: bool
    in_library: bool
    title: Text
    text: Text
    segment_label: Text

    @property
    def basis(self) -> Basis:
        """What a decision made now would stand on."""
        return Basis.of(self.table, self.grade)


class Standing(Value):
    """Where a recommendation stands: everything that its page and its event say."""

    subject: Subject
    status: Status
    title: Text
    text: Text
    segment_label: Text
    strength: Strength
    certainty: Certainty
    table: Table
    grade: Grade
    review_reasons: tuple[Text, ...] = ()
    synthetic: bool = False

    @property
    def key(self) -> str:
        """Of the subject, so the same after every replay."""
        return self.subject.key

    @property
    def decided(self) -> Grade:
        """The strength and certainty that it has, whether by the rules or by a person."""
        return Grade(certainty=self.certainty, strength=self.strength, reasons=())

    def to_event(self, revision: int, now: datetime) -> RecommendationRevised:
        """The whole state as the other services see it."""
        return RecommendationRevised(
            revision=revision,
            occurred_at=now,
            recommendation=self.key,
            status=self.status,
            topic=self.subject.topic,
            practice=self.subject.practice,
            text=self.text,
            strength=self.strength,
            certainty=self.certainty,
            segment=self.subject.categories,
            evidence=self.evidence,
        )

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """References to what it stands on now."""
        return self.table.references


def subjects_of(known: Known) -> frozenset[Subject]:
    """The subjects that confirmed findings speak for.

    A practice that is found good is proposed by itself only where no need already calls for it. A segment
    gets its own recommendation only where the whole region does not get the same one.
    """
    needed = {s for insight in known.insights for s in _called_for(insight, known)}
    called = {(s.practice, s.segment) for s in needed}
    good = {s for insight in known.insights for s in _found_good(insight, known)}
    spoken = needed | {s for s in good if not {(s.practice, s.segment), (s.practice, ())} & called}
    regional = {(s.topic, s.practice) for s in spoken if s.is_regional}
    return frozenset(s for s in spoken if s.is_regional or (s.topic, s.practice) not in regional)


def make_case(subject: Subject, known: Known, *, proposed: bool, decision: Decision | None = None) -> Case:
    """Judge one subject. The last decision only lends the name of the segment."""
    table = table_for(subject, known)
    graded = grade(table, practice=subject.practice)
    practice = known.named.get(subject.practice)
    label = decision.segment_label if decision else _segment_label(subject, known)
    return Case(
        subject=subject,
        table=table,
        grade=graded,
        proposed=proposed,
        in_library=subject.practice in known.library or not subject.practice,
        title=wording.title(subject, practice, label),
        text=wording.text(subject, practice, label, graded.strength),
        segment_label=label,
    )


def settle(case: Case, decision: Decision | None, worded: Text | None) -> Standing:
    """Where a recommendation stands, from the evidence, the last decision and a person's wording alone."""
    status, reasons = status_of(case, decision)
    decided = decision if decision and decision.kind != "reopen" else None
    return Standing(
        subject=case.subject,
        status=status,
        title=case.title,
        text=worded or case.text,
        segment_label=case.segment_label,
        strength=decided.strength if decided else case.grade.strength,
        certainty=decided.certainty if decided else case.grade.certainty,
        table=case.table,
        grade=case.grade,
        review_reasons=reasons,
        synthetic=case.table.synthetic or bool(decided and decided.basis.synthetic),
    )


def status_of(case: Case, decision: Decision | None) -> tuple[Status, tuple[Text, ...]]:
    """The status and, under review, why.

    An adopted recommendation is never taken away by the rules. When its evidence becomes again what was
    adopted, it stands again: the result must not depend on what arrived in between.
    """
    if decision is None or decision.kind == "reopen":
        return ("proposed" if case.proposed else "retired"), ()
    if decision.kind == "adopt":
        changes = material_changes(case.table, case.grade, decision.basis, in_library=case.in_library)
        return ("under_review", changes) if changes else ("adopted", ())
    return ("retired", ()) if decision.kind == "retire" else ("under_review", (ASKED,))


def _called_for(insight: InsightReleased, known: Known) -> set[Subject]:
    if insight.rule not in NEEDS:
        return set()
    possible = (target for target in targets(insight, known) if target[1] in known.library or not target[1])
    return {Subject.of(topic, practice, insight.segment) for topic, practice in possible}


def _found_good(insight: InsightReleased, known: Known) -> set[Subject]:
    practice = known.library.get(insight.practice)
    if practice is None or insight.rule != "practice" or insight.direction != "high":
        return set()
    return {Subject.of(topic_under(insight.topic, practice), practice.practice, insight.segment)}


def _segment_label(subject: Subject, known: Known) -> Text:
    if subject.is_regional:
        return WHOLE_REGION
    mine = (i for i in known.insights if i.segment == subject.categories)
    newest = max(mine, key=lambda i: (i.released_on, i.insight), default=None)
    return newest.segment_label if newest else WHOLE_REGION
