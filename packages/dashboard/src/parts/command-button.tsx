import type { AlarmView } from '@vigil/contracts';
import { useEffect, useRef } from 'react';
import { mayAccept, mayAcknowledge } from '../model/alarm-order.js';
import { type CommandKind, commandText, IDLE } from '../model/command.js';
import { useSignal, useStation } from './hooks.js';

const WORDS: Record<CommandKind, { readonly name: string; readonly meaning: string; readonly key: string }> = {
  accept: { name: 'Accept', meaning: 'I am going', key: 'a' },
  acknowledge: { name: 'Acknowledge', meaning: 'seen', key: 'k' },
};

/** When a target began to show the alarm it shows now, on the monotonic clock. */
export function useShownSince(id: string | undefined): () => number {
  const since = useRef({ id, atMs: performance.now() });
  if (since.current.id !== id) since.current = { id, atMs: performance.now() };
  return () => since.current.atMs;
}

/**
 * Accept or Acknowledge for one alarm. Absent where the alarm does not take it; while the request is under way it says
 * so and takes no other press. A press that began on one alarm and ended on another does nothing.
 */
export function CommandButton({ command, alarm, brief }: { command: CommandKind; alarm: AlarmView; brief?: boolean }) {
  const { commands } = useStation();
  const state = useSignal(commands.states).get(alarm.alarmId) ?? IDLE;
  const viewOnly = useSignal(commands.viewOnly);
  const shownSince = useShownSince(alarm.alarmId);
  const pressedOn = useRef<string | null>(null);
  useEffect(() => {
    pressedOn.current = null;
  }, [alarm.alarmId]);
  if (!(command === 'accept' ? mayAccept(alarm) : mayAcknowledge(alarm))) return null;
  const sending = state.kind === 'sending';
  const word = WORDS[command];
  const press = (byPointer: boolean): void => {
    if (sending || (byPointer && pressedOn.current !== alarm.alarmId)) return;
    void commands.press(command, alarm, shownSince());
  };
  return (
    <button
      type="button"
      className={`button ${command}`}
      aria-disabled={sending || viewOnly}
      data-view-only={viewOnly}
      title={viewOnly ? 'View only: sign in to act' : undefined}
      aria-keyshortcuts={word.key}
      onPointerDown={() => {
        pressedOn.current = alarm.alarmId;
      }}
      onClick={(event) => press(event.detail > 0)}
    >
      {sending && state.command === command ? (
        'sending…'
      ) : (
        <>
          <b>{word.name}</b>
          {brief ? null : <span className="meaning">{word.meaning}</span>}
          <kbd aria-hidden="true">{word.key}</kbd>
          <span className="visually-hidden">
            : {alarm.bedLabel}
            {viewOnly ? ', view only, sign in to act' : ''}
          </span>
        </>
      )}
    </button>
  );
}

/** What became of the last press, in words; a live region of its own, because the person waits for it. */
export function CommandNote({ alarm }: { alarm: AlarmView }) {
  const { commands } = useStation();
  const state = useSignal(commands.states).get(alarm.alarmId) ?? IDLE;
  const text = alarm.acknowledgePending ? 'acknowledge recorded, waiting' : '';
  const said = commandText(state) || text;
  return (
    <span className="command-note" data-kind={state.kind} role="status">
      {state.kind === 'sending' ? '' : said}
    </span>
  );
}
