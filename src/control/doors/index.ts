/** The further doors' operations over one sidecar. */
import type { Sidecar } from '../sidecar.ts';
import { declareEmergency, endEmergency } from './emergencies.ts';
import { importConsents, importOptOuts } from './import-records.ts';
import type { PeopleDoors } from './people-doors.ts';
import { receiveEvent } from './receive-event.ts';
import { receiveText, settleRequest } from './receive-text.ts';

export const peopleDoors = (sidecar: Sidecar): PeopleDoors => ({
  importOptOuts: (batch) => importOptOuts(sidecar, batch),
  importConsents: (batch) => importConsents(sidecar, batch),
  receiveText: (text) => receiveText(sidecar, text),
  unclearRequests: (limit) => sidecar.records.unclearRequests(limit),
  settleRequest: settleRequest(sidecar),
  receiveEvent: (event, mapping) => receiveEvent(sidecar, event, mapping),
  declareEmergency: (declaration) => declareEmergency(sidecar, declaration),
  endEmergency: (end) => endEmergency(sidecar, end),
  emergencies: () => sidecar.records.emergencies(),
});
