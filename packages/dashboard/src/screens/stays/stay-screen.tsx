import { Link, useParams, useSearch } from '@tanstack/react-router';
import type { BedView } from '@vigil/contracts';
import { type ReactNode, useCallback, useState } from 'react';
import { bed as loadBed, patient as loadPatient } from '../../live/care-api.js';
import { stay as loadStay } from '../../live/stays-api.js';
import { personName } from '../../model/identity-check.js';
import { mayCorrectStays } from '../../model/screens-of.js';
import { STAY_ACTIONS, type StayAction } from '../../model/stay-actions.js';
import { recordLeads } from '../../model/stay-words.js';
import { Loaded, whenText } from '../../parts/parts.js';
import { lastOf, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import '../../styles/stays.css';
import { CorrectForm } from './correct-form.js';
import { DevicesForm } from './devices-form.js';
import { DischargeForm } from './discharge-form.js';
import { WhoBadge } from './identity-parts.js';
import { ProfileForm } from './profile-form.js';
import { ReopenList } from './reopen-list.js';
import type { ShownStay } from './shown-stay.js';
import { StandbyForm } from './standby-form.js';
import { TransferForm } from './transfer-form.js';
import { type Done, DoneBar, DoneProvider } from './undo-bar.js';
import { whoIn } from './ward.js';

/** What can be done about whoever lies in a bed. */
export function StayScreen() {
  const { bedId } = useParams({ from: '/b/$bedId/stay' });
  const [done, setDone] = useState<(Done & { readonly n: number; readonly of: string }) | null>(null);
  const tell = useCallback((next: Done) => setDone((before) => ({ ...next, n: (before?.n ?? 0) + 1, of: bedId })), [bedId]);
  const { load, again } = useLoad(['stays', 'bed', bedId], () => loadBed(bedId), { everyMs: 15_000 });
  return (
    <div className="office stays">
      <h1>{t('stays:stayTitle', { bed: lastOf(load)?.label ?? bedId })}</h1>
      {done?.of === bedId ? (
        <section className="card" key={done.n}>
          <DoneBar done={done.text} undo={done.undo} />
          {done.at ? (
            <Link to="/b/$bedId/stay" params={{ bedId: done.at.bedId }} className="button">
              {t('stays:toStayIn', { bed: done.at.label })}
            </Link>
          ) : null}
        </section>
      ) : null}
      <DoneProvider value={tell}>
        <Loaded load={load} again={again} what={t('stays:theBed')}>
          {(bed) => (bed.encounter ? <Occupied key={bed.encounter.encounterId} bed={bed} /> : <Empty bed={bed} />)}
        </Loaded>
      </DoneProvider>
    </div>
  );
}

function Empty({ bed }: { bed: BedView }) {
  return (
    <>
      <section className="card">
        <p>{t('stays:nobodyHere')}</p>
        <Link to="/admit" search={{ bed: bed.bedId }} className="button primary">
          {t('stays:admitHere')}
        </Link>
      </section>
      <ReopenList bed={bed} />
    </>
  );
}

function Occupied({ bed }: { bed: BedView }) {
  const { encounter } = bed;
  const { load, again } = useLoad(['stays', 'stay', encounter?.encounterId], () => loadStay(encounter?.encounterId ?? ''));
  const record = useLoad(['stays', 'patient', encounter?.patientId], () => loadPatient(encounter?.patientId ?? ''));
  const shown = whoIn(bed);
  if (!shown) return null;
  /* Who doesn't treat the patient sees what the tile says; the server decides what they may do. */
  const known = lastOf(record.load);
  const who = known ? { name: personName(known), birthDate: known.birthDate, mrn: known.mrn } : shown;
  return (
    <Loaded load={load} again={again} what={t('stays:theStay')}>
      {(stay) => <Actions shown={{ bed, stay, who }} />}
    </Loaded>
  );
}

const FORMS: Readonly<Record<StayAction, (props: { shown: ShownStay }) => ReactNode>> = {
  device: DevicesForm,
  transfer: TransferForm,
  standby: StandbyForm,
  discharge: DischargeForm,
  correct: CorrectForm,
  profile: ProfileForm,
};

function Actions({ shown }: { shown: ShownStay }) {
  const { bed, stay, who } = shown;
  const { do: chosen = 'device' } = useSearch({ from: '/b/$bedId/stay' });
  const { user } = useIdentity();
  const mine = STAY_ACTIONS.filter((action) => action !== 'correct' || mayCorrectStays(user?.roles ?? []));
  const Form = FORMS[chosen];
  const leads = recordLeads(stay.source);
  return (
    <>
      <section className="card stay-head" aria-label={t('stays:whoLiesHere')}>
        <WhoBadge who={who} place={bed.label} />
        <Link className="button" to="/b/$bedId" params={{ bedId: bed.bedId }}>
          {t('alarm:toBed')}
        </Link>
        <p>{t('stays:since', { when: whenText(bed.encounter?.sinceMs ?? stay.admittedMs) })}</p>
        {leads ? <p className="state-note record-leads">{leads}</p> : null}
      </section>
      <nav className="sub-tabs" aria-label={t('stays:actions')}>
        {mine.map((action) => (
          <Link
            key={action}
            to="/b/$bedId/stay"
            params={{ bedId: bed.bedId }}
            search={{ do: action }}
            className="button"
            aria-current={action === chosen ? 'page' : undefined}
          >
            {t(`stays:action.${action}`)}
          </Link>
        ))}
      </nav>
      <section className="card" aria-labelledby="action-title">
        <h2 id="action-title">{t(`stays:action.${chosen}`)}</h2>
        {mine.includes(chosen) ? <Form key={chosen} shown={shown} /> : <p>{t('stays:refused.forbidden')}</p>}
      </section>
    </>
  );
}
