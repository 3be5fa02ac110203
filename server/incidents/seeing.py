"""Whose eyes a ticket is for, and finding the one behind a receipt."""

from gateway.contract import receipts
from server.incidents import records
from server.incidents.journal import stored
from server.incidents.rules import Incident
from server.kit.errors import Missing
from server.kit.store import Work
from server.staff import Person


def visible(work: Work, incident_id: int, person: Person) -> Incident:
    """The ticket, if this person may see it; raises `Missing` else, as if it did not exist."""
    incident = records.get(work, incident_id)
    if incident is None or not may_see(incident, person):
        raise Missing("没有找到这张工单")
    return incident


def may_see(incident: Incident, person: Person) -> bool:
    """Those who triage see their communities; the others the tickets of their own desk there."""
    return person.sees(incident.community) and (person.triages or person.desk == incident.desk)


def by_receipt(work: Work, typed: str) -> Incident:
    """The ticket behind a receipt as typed or scanned; raises `Missing`."""
    code = receipts.read(typed)
    incident = None if code is None else records.by_receipt(work, code)
    if incident is None:
        raise Missing("没有找到这张回执，请检查一下编号")
    return incident


def leading(work: Work, incident: Incident) -> Incident:
    """The ticket that carries on: the end of the chain of merges, or the ticket itself."""
    while incident.merged_into is not None:
        incident = stored(work, incident.merged_into)
    return incident
