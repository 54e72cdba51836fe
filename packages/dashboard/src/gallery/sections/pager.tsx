import type { PagerView } from '@vigil/contracts';
import { useEffect, useRef, useState } from 'react';
import { pagerView } from '../../../../../test/browser/fixture-ward.js';
import { PagerPage } from '../../pager/page.js';
import { type PagerFacts, pagerScreen, SILENT_MS } from '../../pager/pager-state.js';
import { speakAs } from '../../pager/words/words.js';
import pagerCss from '../../styles/pager.css?url';
import { NOW_MS } from '../fixture-station.js';
import type { Area, State } from '../state.js';

const none = (): void => undefined;
const LONG = 'Wolfeschlegelsteinhausenbergerdorff '.repeat(6).slice(0, 200);

/** Its sheet is of the whole page, and goes with it. */
function usePagerSheet(): boolean {
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: pagerCss });
    sheet.onload = () => setThere(true);
    document.head.append(sheet);
    return () => sheet.remove();
  }, []);
  return isThere;
}

/** The page on the phone as it is: no part of React. */
function Pager({ facts }: { facts: PagerFacts }) {
  const root = useRef<HTMLDivElement>(null);
  const isThere = usePagerSheet();
  useEffect(() => {
    if (!isThere) return;
    const actions = { accept: none, decline: none, arrive: none, askHelp: none, signIn: none };
    void speakAs([document.documentElement.lang]).then(() => {
      if (root.current) new PagerPage(root.current, actions).show(pagerScreen(facts));
    });
  }, [isThere, facts]);
  return <div id="pager" ref={root} />;
}

const FACTS: PagerFacts = {
  ...{ view: null, offsetMs: NOW_MS, nowMs: 0, seenMs: 0, sending: false, trouble: 'none', acceptedHere: false, unknown: false },
};
const facts = (of: PagerFacts): State => ({ steps: ['.pager-shown, #pager h1'], show: () => <Pager facts={of} /> });
const page = (view: Parameters<typeof pagerView>[0], more: Partial<PagerFacts> = {}): State =>
  facts({ ...FACTS, view: pagerView(view) as PagerView, ...more });
const someone = { acceptedByName: 'Sam Reed', acceptedAtMs: NOW_MS - 4_000, nextAtMs: null, nextName: null } as const;
const me = { ...someone, acceptedByName: 'Karin Novak', mine: 'accepted', state: 'accepted' } as const;
const other = (n: number, together: boolean) => ({
  ...{ pageId: `p-${n}`, priority: n === 1 ? 'high' : 'medium', kind: 'physiological', bedLabel: `Bed ${n}` },
  ...{ together, queuedWallMs: NOW_MS - n * 20_000 },
});
const TROUBLES = ['notSent', 'noAnswer', 'wrongPassword', 'unfinished', 'refused'] as const;

export const pagerAreas: Readonly<Record<string, Area>> = {
  pager: {
    title: '[Pager]',
    place: 'page',
    states: {
      open: page({}),
      medium: page({ priority: 'medium', test: false }),
      low: page({ priority: 'low' }),
      technical: page({ kind: 'technical' }),
      noCallNumber: page({ callNumber: null }),
      nobodyNext: page({ nextAtMs: null, nextName: null }),
      nobodyOnDuty: page({ nextName: null }),
      sending: page({}, { sending: true }),
      going: page(me, { acceptedHere: true }),
      arriveBy: page({ ...me, arriveByMs: NOW_MS + 60_000 }, { acceptedHere: true }),
      there: page({ ...me, mine: 'arrived' }),
      goingOver: page({ ...me, active: false }),
      oneMoreNeeded: page({ accepts: [{ name: 'Sam Reed', atMs: NOW_MS }], acceptsNeeded: 2 } as never),
      taken: page({ state: 'accepted', ...someone }),
      declined: page({ mine: 'declined' }),
      ended: page({ state: 'ended', active: false, nextAtMs: null }),
      shelved: page({ state: 'ended', active: true, nextAtMs: null }),
      expired: page({ state: 'expired' }),
      used: page({ state: 'used' } as never),
      others: page({ others: [other(1, true), other(2, false)] as never }),
      ...Object.fromEntries(TROUBLES.map((trouble) => [trouble, page({}, { trouble })])),
      noConnection: page({}, { nowMs: SILENT_MS + 3_000, offsetMs: NOW_MS - SILENT_MS - 3_000 }),
      loading: facts(FACTS),
      loadingLong: facts({ ...FACTS, nowMs: SILENT_MS + 1 }),
      unknown: facts({ ...FACTS, unknown: true }),
      unreadable: facts({ ...FACTS, unreadable: { callNumber: '2222' } }),
      markup: page({ bedLabel: '<img src=x onerror=alert(1)>', nextName: '<b>Reg. Ito</b>' }),
      rightToLeft: page({ bedLabel: 'سرير 7', nextName: 'محمد عبد الرحمن' }),
      long: page({ bedLabel: LONG.slice(0, 80), nextName: LONG }),
    },
  },
};
