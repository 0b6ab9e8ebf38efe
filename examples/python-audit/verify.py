"""Checks an export of the record on its own: python3 verify.py record.ndjson (format: docs/audit.md)."""
import hashlib
import json
import sys

def sha256(*lines): return hashlib.sha256("\n".join(lines).encode()).hexdigest()
def text(value, nothing=""): return nothing if value is None else json.dumps(value, ensure_ascii=False)
def line(*values): return " ".join("-" if value is None else str(value) for value in values)
def digest(gone, salt, *lines): return gone or (sha256(salt, *lines) if salt else None)

def attempt(r):
    key = line(r["event_id"], r["attempt"], r["outcome"])
    content = digest(r["content_digest"], r["content_salt"], str(r["event_id"]), text(r["created_at"]), text(r["source"]),
                     str(r["user_id"]), str(r["payload"]), r["metadata"] or "", text(r["idempotency_key"]), text(r["ordering_key"]))
    return key, line(key, text(r["started_at"]), r["duration_ms"], r["relay_no"], r["http_status"], content,
                     digest(r["message_digest"], r["message_salt"], key, r["error_message"]),
                     digest(r["body_digest"], r["body_salt"], key, r["response_body"]), text(r["error_code"], "-"), r["trigger_id"])

def decision(r):
    texts = digest(r["texts_digest"], r["texts_salt"], str(r["operation_no"]), text(r["reason"]), r["detail"] or "")
    return str(r["operation_no"]), line(r["operation_no"], text(r["at"]), r["event_id"], r["run_no"], texts, r["action"],
                                        text(r["actor"]), r["trigger_id"])

last, expected, removed, wrong = {}, {}, set(), []
for number, r in enumerate(map(json.loads, open(sys.argv[1], encoding="utf-8"))):
    if r["type"] in ("attempt", "decision"):
        key, found = attempt(r) if r["type"] == "attempt" else decision(r)
        if expected.pop(key, None) != found: wrong.append(f"changed or added: {r['type']} {key}")
        continue
    wrong += [f"removed: {key}" for key in expected if key.split(" ")[0] not in removed]
    expected = {}
    if r["type"] == "record": since = r["since"]
    if r["type"] == "state": wrong.append(f"{r['event_id']} is {r['status']}, which nothing on record made it")
    if r["type"] == "chain": last[r["chain"]] = None if since else (r["cut_through"], r["cut_hash"])
    if r["type"] == "entry":
        head = line(r["chain"], r["entry_no"], text(r["at"]), r["kind"], r["previous"])
        follows = last[r["chain"]] in (None, (r["entry_no"] - 1, r["previous"]))
        if not follows or sha256(head, r["body"]) != r["hash"]: wrong.append(f"entry {r['entry_no']} of {r['chain']}")
        last[r["chain"]] = (r["entry_no"], r["hash"])
    if r.get("kind") == "removed": removed.update(r["body"].split("\n"))
    if r.get("kind") in ("attempts", "decisions"):
        keys = 3 if r["kind"] == "attempts" else 1
        expected = {" ".join(entry.split(" ", keys)[:keys]): entry for entry in r["body"].split("\n")}
if r != {"type": "end", "lines": number}: wrong.append("the export is not whole")
print("\n".join(wrong) or "all is as it was recorded")
sys.exit(1 if wrong else 0)
