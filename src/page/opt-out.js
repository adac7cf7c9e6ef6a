/** The dialog for a request not to be called that reaches a supervisor: number, seller, how it was said, and a note. */
import { post } from './api.js';
import { byId, el, setText } from './dom.js';
import { number } from './format.js';

/** To be called once. `sellers` answers those of the campaigns of now; `onDone` is told in one sentence what is recorded. */
export function installOptOut(sellers, onDone) {
  const dialog = byId('opt-out');
  const form = byId('opt-out-form');
  const { number: numberField, seller: sellerField } = form.elements;

  byId('opt-out-open').addEventListener('click', () => {
    form.reset();
    const known = sellers();
    sellerField.replaceChildren(
      ...(known.length === 1 ? [] : [el('option', { value: '' }, 'Choose the seller …')]),
      ...known.map(({ id, name }) => el('option', { value: id }, name === id ? id : `${name} (${id})`)),
    );
    setText(byId('opt-out-fault'), '');
    dialog.showModal();
    numberField.focus();
  });
  byId('opt-out-cancel').addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { note, ...said } = Object.fromEntries(new FormData(form));
    const submit = byId('opt-out-submit');
    submit.disabled = true;
    try {
      const { recorded, entry } = await post('/v1/opt-outs', { ...said, ...(note === '' ? {} : { note }) });
      onDone(
        `${number(entry.body.number)} is not called for ${said.seller} any more` +
          (recorded === 'written' ? '' : '; this request stood already'),
      );
      dialog.close();
    } catch (error) {
      setText(byId('opt-out-fault'), error.message);
      numberField.focus();
    } finally {
      submit.disabled = false;
    }
  });
}
