import type { BedId } from '@vigil/contracts';
import { useNavigate } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { KeyWait } from '../model/key-steps.js';
import { bedSpoken } from '../model/speak.js';
import { useStation } from '../parts/hooks.js';
import { language, t } from '../words/words.js';
import { toggleSound } from './bar-tools.js';
import { useIdentity } from './identity.js';
import { Keys } from './keys.js';

const PLACES = { beds: '/', alarms: '/alarms', 'on-call': '/on-call', devices: '/devices', privacy: '/privacy' } as const;
/** How long is looked for a bed on a screen that is just being shown. Frames. */
const LOOK_FRAMES = 30;
/** What a key did not do is said for so long. Wall time. */
const HINT_MS = 8_000;

/** Listens to the keys of the shell. Answers what they wait for, and what is spoken, in words. */
export function useKeys(barSince: RefObject<() => number>, help: () => void): { readonly hint: string; readonly spoken: string } {
  const station = useStation();
  const navigate = useNavigate();
  const { user } = useIdentity();
  const [hint, setHint] = useState('');
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    if (hint === '') return undefined;
    const timer = setTimeout(() => setHint(''), HINT_MS);
    return () => clearTimeout(timer);
  }, [hint]);
  const userNow = useRef(user);
  useEffect(() => {
    userNow.current = user;
  });
  useEffect(() => {
    const speak = (bedId: BedId | null): void => {
      const unit = station.readings();
      const text = unit && bedId ? bedSpoken(unit, bedId, station.alarms.get(), station.liveNow()) : t('shell:speakNone');
      if (!say(text)) setSpoken(text);
    };
    const keys = new Keys(station, {
      help,
      speak,
      sound: () => {
        const isSignedIn = userNow.current !== null;
        void toggleSound(station, isSignedIn).then((why) => setHint(why ? t('shell:soundNotPaused', { why }) : ''));
      },
      go: (place) => void navigate({ to: PLACES[place] }),
      record: (bedId, isThere) => void navigate({ to: isThere ? '/b/$bedId/review' : '/b/$bedId', params: { bedId } }),
      showAlarm: (alarmId) => void navigate({ to: '/a/$alarmId', params: { alarmId } }),
      focusBed: (bedId) => void navigate({ to: '/' }).then(() => focusBed(bedId, LOOK_FRAMES)),
      hint: (wait, unknown) => setHint(unknown ? t('shell:noSuchBed', { digits: unknown }) : hintOf(wait)),
      barSince: () => barSince.current(),
      refused: () => setHint(t('safety:notSent.changed')),
      tooSoon: () => setHint(t('shell:keyTooSoon')),
    });
    /* Before the screen hears it: Enter behind a number is no Enter of the tile that has the focus. */
    addEventListener('keydown', keys.onKey, { capture: true });
    return () => {
      keys.stop();
      removeEventListener('keydown', keys.onKey, { capture: true });
    };
  }, [station, navigate, help, barSince]);
  return { hint, spoken };
}

function hintOf(wait: KeyWait): string {
  if (wait.kind === 'go') return t('shell:goTo');
  return wait.kind === 'bed' ? t('shell:goToBed', { digits: wait.digits || '…' }) : '';
}

function focusBed(bedId: BedId, frames: number): void {
  const tile = document.querySelector<HTMLElement>(`#screen [data-bed-id="${CSS.escape(bedId)}"]`);
  if (tile) return tile.focus();
  if (frames > 0) requestAnimationFrame(() => focusBed(bedId, frames - 1));
}

/** Aloud, where the machine has a voice. */
function say(text: string): boolean {
  if (!('speechSynthesis' in window) || speechSynthesis.getVoices().length === 0) return false;
  speechSynthesis.cancel();
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = language();
  speechSynthesis.speak(utterance);
  return true;
}
