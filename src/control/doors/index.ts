/** The further doors' operations over one sidecar; each request under the ruling of its time. */
import { type Station, underRuling } from '../sidecar.ts';
import { dueQueries } from './due-queries.ts';
import { declareEmergency, endEmergency } from './emergencies.ts';
import { importConsents, importOptOuts, importReassigned } from './import-records.ts';
import type { PeopleDoors } from './people-doors.ts';
import { receiveEvent } from './receive-event.ts';
import { receiveText, settleRequest } from './receive-text.ts';

export const peopleDoors = (station: Station): PeopleDoors => ({
  importOptOuts: (batch) => importOptOuts(underRuling(station), batch),
  importConsents: (batch) => importConsents(underRuling(station), batch),
  importReassigned: (batch) => importReassigned(underRuling(station), batch),
  dueQueries: (page) => dueQueries(underRuling(station), page),
  receiveText: (text) => receiveText(underRuling(station), text),
  unclearRequests: (limit) => station.records.unclearRequests(limit),
  settleRequest: (settlement) => settleRequest(underRuling(station), settlement),
  receiveEvent: (event, mapping) => receiveEvent(underRuling(station), event, mapping),
  declareEmergency: (declaration) => declareEmergency(underRuling(station), declaration),
  endEmergency: (end) => endEmergency(underRuling(station), end),
  emergencies: () => station.records.emergencies(),
});
