import { callNumberOf, type CommandResult } from '@vigil/contracts';
import { useEffect, useRef, useState } from 'react';
import type { Answer, Trouble } from '../../live/problem.js';
import { display } from '../../model/display.js';
import { notSentText, withNumber } from '../../model/not-sent.js';
import { PressGuard } from '../../model/press-guard.js';
import { useStation } from '../../parts/hooks.js';
import { outdated } from '../../parts/asked.js';
import { useIdentity } from '../../shell/identity.js';

/** One for all buttons of these screens: the rain of taps of a broken panel comes through once (HZ-D3). */
const guard = new PressGuard();

interface Act<T> {
  readonly busy: boolean;
  /** Why the last press did nothing; empty where it did, or none was. */
  readonly note: string;
  readonly act: (send: () => Promise<Answer<T>>) => Promise<boolean>;
}

/**
 * One press, one request, one answer; nothing is kept for later and nothing is sent twice. What is shown changes by the answer alone.
 *
 * @param shown what the buttons are about, and its revision: when it changes, an older refusal is no longer said
 */
export function useSend<T>(shown: string, say: (trouble: Trouble) => string = notSentText): Act<T> {
  const { checked } = useIdentity();
  const { careUnitId } = useStation();
  const [state, setState] = useState({ busy: false, note: '' });
  const running = useRef(false);
  const since = useRef(performance.now());
  useEffect(() => {
    since.current = performance.now();
    setState((now) => (now.busy || now.note === '' ? now : { busy: false, note: '' }));
  }, [shown]);
  const act = async (send: () => Promise<Answer<T>>): Promise<boolean> => {
    if (running.current || !guard.allows(performance.now(), since.current)) return false;
    running.current = true;
    setState({ busy: true, note: '' });
    const answer = checked(await send());
    running.current = false;
    const number = callNumberOf(display.get(), careUnitId);
    setState({ busy: false, note: answer.ok ? '' : withNumber(say(answer.trouble), answer.trouble, number) });
    return answer.ok;
  };
  return { ...state, act };
}

/** The same for what is answered with the alarm as it is then. */
export function useAct(alarmId: string, rev: number): Act<CommandResult> {
  const station = useStation();
  const { act, ...state } = useSend<CommandResult>(`${alarmId} ${rev}`);
  return {
    ...state,
    act: (send) =>
      act(async () => {
        const answer = await send();
        if (answer.ok) station.answered(answer.value.alarm);
        outdated(['alarm', alarmId]);
        return answer;
      }),
  };
}
