/**
 * The feed over EventSource. The browser reconnects by itself and says which event it saw last; when it gives up (the server
 * answered with an error) or the line has gone silent, the feed is opened anew after the last id. Nothing is shown twice. Each opening
 * brings the figures of all campaigns, then each as it changes.
 */

const SILENCE_MS = 25_000; // two heartbeats and a half
const REOPEN_MS = 2_000;

export function followFeed({ after, kinds, onEntry, onFigures, onState }) {
  let lastId = after;
  let source = null;
  let silence = 0;
  let reopening = 0;

  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(reopen, SILENCE_MS);
  };

  function reopen() {
    source?.close();
    onState('reconnecting');
    clearTimeout(reopening);
    reopening = setTimeout(open, REOPEN_MS);
  }

  function open() {
    source = new EventSource(`/v1/feed?figures=on&after=${lastId}&kinds=${kinds.join(',')}`);
    source.addEventListener('hello', () => {
      onState('live');
      alive();
    });
    source.addEventListener('heartbeat', alive);
    source.addEventListener('figures', ({ data }) => {
      alive();
      onFigures(JSON.parse(data));
    });
    source.addEventListener('message', ({ data }) => {
      alive();
      const entry = JSON.parse(data);
      if (entry.id <= lastId) return;
      lastId = entry.id;
      onEntry(entry);
    });
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) reopen();
      else onState('reconnecting');
    });
  }

  open();
}
