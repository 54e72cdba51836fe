import { useEffect, useState } from 'react';
import type { UnitPresence } from '@vigil/contracts';
import { health, type Health } from '../../live/office-api.js';
import { wayOfAlarms } from '../../live/on-call-api.js';
import type { Station } from '../../live/station.js';
import { type Wrong, wrongsOf } from '../../model/system-words.js';
import { useSignal, useStationIfAny } from '../../parts/hooks.js';
import { Section, Table, TroubleNote } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';
import { PathMap } from './path-map.js';
import { SelfTestPane } from './self-test-pane.js';
import { SystemFrame } from './system-frame.js';
import { Watching } from './watching.js';

const ASK_EVERY_MS = 10_000;

/** How Vigil is: what is wrong first, then the way of an alarm, a test of it now, and who watches. Shows no patient. */
export function SystemScreen() {
  const station = useStationIfAny();
  return <SystemFrame>{station === null ? <System live={null} presence={null} /> : <OnStation station={station} />}</SystemFrame>;
}

function OnStation({ station }: { station: Station }) {
  const { kind } = useSignal(station.picture);
  const presence = useSignal(station.feeds.presence);
  return <System live={kind === 'live'} presence={presence} />;
}

function System({ live, presence }: { live: boolean | null; presence: UnitPresence | null }) {
  const { load, again } = useLoad(['status'], wayOfAlarms, { everyMs: ASK_EVERY_MS });
  const parts = useHealth();
  const status = load.kind === 'ready' ? load.value : null;
  return (
    <>
      {load.kind === 'failed' ? <TroubleNote trouble={load.trouble} again={again} /> : null}
      <WhatIsWrong
        wrongs={wrongsOf({ status, parts: parts?.parts ?? null, ready: parts?.ready ?? true, live, presence })}
        isKnown={status !== null}
      />
      <SelfTestPane live={live} />
      <PathMap status={status} parts={parts} live={live} />
      <Watching presence={presence} live={live} />
      <Parts parts={parts} />
    </>
  );
}

function useHealth(): Health | null {
  const [state, setState] = useState<Health | null>(null);
  useEffect(() => {
    const ask = (): void => void health().then(setState);
    ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return state;
}

/** The worst in one sentence on top, the others below it. */
export function WhatIsWrong({ wrongs, isKnown }: { wrongs: readonly Wrong[]; isKnown: boolean }) {
  const [worst, ...others] = wrongs;
  if (worst === undefined) {
    return (
      <p className="state-note well" role="status">
        {isKnown ? t('system:allWell') : t('common:loadingWhat', { what: t('system:theHealth') })}
      </p>
    );
  }
  return (
    <section className="wrong" role="alert" aria-label={t('system:wrongTitle')}>
      <p className="worst">{worst.text}</p>
      {worst.runbook === null ? null : <p className="runbook">{t('system:runbook', { entry: worst.runbook })}</p>}
      {others.length === 0 ? null : (
        <ul>
          {others.map(({ key, text, runbook }) => (
            <li key={key}>
              {text} {runbook === null ? null : <span className="runbook">{t('system:runbook', { entry: runbook })}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Parts({ parts }: { parts: Health | null }) {
  return (
    <Section title={t('system:parts')}>
      <p>{t('system:partsWhat')}</p>
      {parts === null ? (
        <p className="state-note trouble">{t('system:partsUnknown')}</p>
      ) : (
        <Table label={t('system:partsTable')} head={[t('system:colPart'), t('system:colState')]}>
          {parts.parts.map(({ name, ready, reason }) => (
            <tr key={name} data-need={!ready}>
              <th scope="row">
                <code dir="ltr">{name}</code>
              </th>
              <td>{ready ? t('system:partGood') : <b lang="en">{reason}</b>}</td>
            </tr>
          ))}
        </Table>
      )}
    </Section>
  );
}
