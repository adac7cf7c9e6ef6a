"""Scrubs a hopper, reserves the calls that are left, and reports what became of them. Nothing but the standard library."""

import json
import os
import urllib.request
import uuid

URL = os.environ["BREAKWATER_URL"]


def ask(path, data, content_type="application/json"):
    request = urllib.request.Request(URL + path, data.encode(), {"content-type": content_type})
    return urllib.request.urlopen(request, timeout=30)


leads = [{"number": number, "campaign": "solar"} for number in ("+13035550150", "+13035550139", "+16715550137")]
lines = "".join(json.dumps(lead) + "\n" for lead in leads)

callable_leads = []
with ask("/v1/decisions:batch", lines, "application/x-ndjson") as answers:
    for text in answers:
        told = json.loads(text)
        lead = leads[told["line"] - 1]
        if "error" in told:
            print(f"line {told['line']}: {told['error']['detail']}")
        elif told["verdict"] == "permit":
            callable_leads.append(lead)
        else:
            print(f"{lead['number']}: {', '.join(reason['code'] for reason in told['reasons'])}")

for lead in callable_leads:
    call_id = str(uuid.uuid4())
    with ask("/v1/originations", json.dumps({**lead, "call_id": call_id, "place": False})) as answer:
        told = json.load(answer)
    if told["placement"] != "reserved":
        print(f"{lead['number']}: {told['headline']}")
        continue
    # Here your dialer dials, keeping the obligations, and then says what came of it.
    with ask(f"/v1/calls/{call_id}/result", json.dumps({"outcome": "no_answer"})) as answer:
        print(f"{lead['number']}: {json.load(answer)['recorded']}")
