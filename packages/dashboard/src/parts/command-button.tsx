import { type AlarmView, callNumberOf } from '@vigil/contracts';
import { useEffect, useRef } from 'react';
import { mayAccept, mayAcknowledge } from '../model/alarm-order.js';
import { type CommandKind, commandText, IDLE } from '../model/command.js';
import { display } from '../model/display.js';
import { tooShort } from '../model/press-guard.js';
import { screenSettings } from '../model/screen-settings.js';
import { plainText } from '../words/plain-text.js';
import { t } from '../words/words.js';
import { useSignal, useStation } from './hooks.js';
import { useStillSince } from './still.js';

const KEYS: Readonly<Record<CommandKind, string>> = { accept: 'a', acknowledge: 'k' };

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
  const ref = useRef<HTMLButtonElement>(null);
  const stillSince = useStillSince(ref);
  const hasKeys = useSignal(screenSettings).keys;
  const pressedOn = useRef<string | null>(null);
  const down = useRef({ type: '', atMs: 0 });
  useEffect(() => {
    pressedOn.current = null;
  }, [alarm.alarmId]);
  if (!(command === 'accept' ? mayAccept(alarm) : mayAcknowledge(alarm))) return null;
  const sending = state.kind === 'sending';
  const key = KEYS[command];
  const press = (byPointer: boolean): void => {
    if (sending || (byPointer && pressedOn.current !== alarm.alarmId)) return;
    if (byPointer && tooShort(command, down.current.type, performance.now() - down.current.atMs)) {
      return commands.touchedTooShort(command, alarm.alarmId);
    }
    void commands.press(command, alarm, byPointer ? Math.max(shownSince(), stillSince()) : shownSince());
  };
  return (
    <button
      ref={ref}
      type="button"
      className={`button ${command}`}
      aria-disabled={sending || viewOnly}
      data-view-only={viewOnly}
      title={viewOnly ? t('safety:viewOnlySignIn') : undefined}
      aria-keyshortcuts={hasKeys ? key : undefined}
      onPointerDown={({ pointerType }) => {
        pressedOn.current = alarm.alarmId;
        down.current = { type: pointerType, atMs: performance.now() };
      }}
      onClick={(event) => press(event.detail > 0)}
    >
      {sending && state.command === command ? (
        t('safety:sending')
      ) : (
        <>
          <b>{t(`safety:${command}`)}</b>
          {brief ? null : <span className="meaning">{t(`safety:${command}Meaning`)}</span>}
          {hasKeys ? <kbd aria-hidden="true">{key}</kbd> : null}
          <span className="visually-hidden">
            : {plainText(alarm.bedLabel)}
            {viewOnly ? t('safety:viewOnlyAside') : ''}
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
  const text = alarm.acknowledgePending ? t('safety:acknowledgeWaiting') : '';
  const said = commandText(state, callNumberOf(useSignal(display), alarm.careUnitId)) || text;
  return (
    <span className="command-note" data-kind={state.kind} role="status">
      {state.kind === 'sending' ? '' : said}
    </span>
  );
}
