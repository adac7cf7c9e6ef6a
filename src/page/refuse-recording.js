/** The dialog that notes what a person says in a talk: that they do not want to be recorded. */
import { post } from './api.js';
import { byId, setText } from './dom.js';
import { number } from './format.js';

const DONE = {
  stopped: 'The recording is stopped',
  never_starts: 'Nothing is recorded',
  to_be_deleted: 'The talk is over; its recording is deleted',
  stays: 'The refusal is noted; what was recorded stays, as the campaign says',
};

let refused = null;

/** To be called once. `onDone` is told in one sentence what was done. */
export function installRefusal(onDone) {
  const dialog = byId('refusal');
  const form = byId('refusal-form');
  byId('refusal-cancel').addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { who } = Object.fromEntries(new FormData(form));
    const submit = byId('refusal-submit');
    submit.disabled = true;
    try {
      const path = `/v1/calls/${encodeURIComponent(refused.callId)}/recording/refuse`;
      const { recording } = await post(path, { who });
      onDone(`${DONE[recording]}: ${number(refused.number)}`);
      dialog.close();
    } catch (error) {
      setText(byId('refusal-fault'), error.message);
    } finally {
      submit.disabled = false;
      // A button that is off loses the focus, and with it whoever works by keyboard.
      if (dialog.open) submit.focus();
    }
  });
}

/** Opens the dialog for this call. */
export function openRefusal(call) {
  refused = call;
  const form = byId('refusal-form');
  form.reset();
  setText(byId('refusal-title'), `${number(call.number)} does not want to be recorded`);
  setText(byId('refusal-fault'), '');
  byId('refusal').showModal();
  form.elements.who.focus();
}
