/** The two dialogs: pausing or resuming a campaign with name and reason, and signing in with a token. */
import { get, post, whenLocked } from './api.js';
import { byId, setText } from './dom.js';

const NAME_KEY = 'breakwater-who';

/** Opens the lever of a campaign; `onDone` is told the new state of the campaign. */
export function createLever(onDone) {
  const dialog = byId('lever');
  const form = byId('lever-form');
  let campaign = null;

  byId('lever-cancel').addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { who, why } = Object.fromEntries(new FormData(form));
    localStorage.setItem(NAME_KEY, who);
    try {
      onDone(
        await post(`/v1/campaigns/${campaign.id}/${campaign.paused ? 'resume' : 'pause'}`, { who, why }),
      );
      dialog.close();
    } catch (error) {
      setText(byId('lever-fault'), error.message);
    }
  });

  return (chosen) => {
    campaign = chosen;
    const verb = campaign.paused ? 'Resume' : 'Pause';
    form.reset();
    form.elements.who.value = localStorage.getItem(NAME_KEY) ?? '';
    setText(byId('lever-title'), `${verb} ${campaign.seller.name}`);
    setText(
      byId('lever-hint'),
      campaign.paused
        ? 'Calls are placed again at once. Name and reason are written to the ledger.'
        : 'No further call is placed; calls under way go on. Name and reason are written to the ledger.',
    );
    setText(byId('lever-submit'), verb);
    setText(byId('lever-fault'), '');
    dialog.showModal();
    (form.elements.who.value === '' ? form.elements.who : form.elements.why).focus();
  };
}

/** Shown when the server asks for a token; the page starts again once it has one. */
export function installDoor() {
  const dialog = byId('door');
  const form = byId('door-form');
  whenLocked(() => {
    if (!dialog.open) dialog.showModal();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await post('/v1/session', null, { authorization: `Bearer ${form.elements.token.value}` });
      await get('/v1/campaigns');
      location.reload();
    } catch {
      setText(byId('door-fault'), 'This token is not accepted.');
    }
  });
}
