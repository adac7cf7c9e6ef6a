/** The dialog that lets a supervisor who has called in into a talk, and out of it. */
import { get, post } from './api.js';
import { byId, el, setText } from './dom.js';
import { number } from './format.js';

let callId = '';
let announce = () => undefined;

/** To be called once. `onDone` is told in one sentence what was done. */
export function installSupervise(onDone) {
  announce = onDone;
  const form = byId('supervise-form');
  byId('supervise-close').addEventListener('click', () => byId('supervise').close());
  byId('supervise-leave').addEventListener('click', () =>
    act(async () => {
      const { supervisor } = Object.fromEntries(new FormData(form));
      const { left } = await post(`/v1/supervisors/${encodeURIComponent(supervisor)}/leave`, {});
      if (!left) throw new Error(`${supervisor} is at no talk`);
      announce(`${supervisor} has left the talk`);
    }),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void act(async () => {
      const { supervisor, mode } = Object.fromEntries(new FormData(form));
      const path = `/v1/supervisors/${encodeURIComponent(supervisor)}/talk`;
      const { admitted, meaning } = await post(path, { call_id: callId, mode });
      if (!admitted) throw new Error(`Not let in: ${meaning}`);
      announce(`${supervisor} is at the talk: ${mode}`);
    });
  });
}

/** Opens the dialog for the talk of this call. */
export async function openSupervise(call) {
  callId = call.callId;
  setText(byId('supervise-title'), `Talk with ${number(call.number)}`);
  setText(byId('supervise-fault'), '');
  byId('supervise').showModal();
  await act(listSupervisors, false);
}

async function listSupervisors() {
  const field = byId('supervise-form').elements.supervisor;
  field.replaceChildren();
  const { supervisors } = await get('/v1/supervisors');
  field.replaceChildren(
    ...supervisors.map(({ supervisor, talk }) =>
      el(
        'option',
        { value: supervisor },
        talk === null ? supervisor : `${supervisor}, at a talk (${talk.mode})`,
      ),
    ),
  );
  if (supervisors.length === 0) throw new Error('No supervisor has called in: dial supervisor-ID first.');
}

/** Runs one request with its buttons off; a failure is told in the dialog, which then stays. */
async function act(work, closes = true) {
  const buttons = [byId('supervise-submit'), byId('supervise-leave')];
  // A button that is off loses the focus, and with it whoever works by keyboard.
  const focused = document.activeElement;
  for (const button of buttons) button.disabled = true;
  try {
    await work();
    if (closes) byId('supervise').close();
  } catch (error) {
    setText(byId('supervise-fault'), error.message);
  } finally {
    for (const button of buttons) button.disabled = false;
    if (byId('supervise').open && buttons.includes(focused)) focused.focus();
  }
}
