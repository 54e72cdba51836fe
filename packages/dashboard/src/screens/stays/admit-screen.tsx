import { Link, useSearch } from '@tanstack/react-router';
import type { BedView } from '@vigil/contracts';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { sameName } from '../../model/identity-check.js';
import { Loaded } from '../../parts/parts.js';
import { t } from '../../words/words.js';
import '../../styles/stays.css';
import { AdmitConfirm } from './admit-confirm.js';
import type { PlannedDevice } from './device-plan.js';
import { DeviceLook } from './device-look.js';
import { WhoBadge } from './identity-parts.js';
import { type Person, PickPatient } from './pick-patient.js';
import { PickBed } from './pick-bed.js';
import { BedDevices } from './bed-devices.js';
import { useBeds, whoIn } from './ward.js';

const STEPS = ['patient', 'bed', 'devices', 'check', 'confirm'] as const;
type Step = (typeof STEPS)[number];

/** Patient, bed, devices, a look at what they say, and one identifier. Nothing is written before the last step. */
export function AdmitScreen() {
  const { bed } = useSearch({ from: '/admit' });
  const { load, again } = useBeds();
  const [round, setRound] = useState(0);
  return (
    <div className="office stays">
      <h1>{t('stays:admitTitle')}</h1>
      <Loaded load={load} again={again} what={t('stays:theBeds')}>
        {(beds) => <Wizard key={round} beds={beds} wanted={bed ?? null} onAgain={() => setRound(round + 1)} />}
      </Loaded>
    </div>
  );
}

function Wizard({ beds, wanted, onAgain }: { beds: readonly BedView[]; wanted: string | null; onAgain: () => void }) {
  const [step, setStep] = useState<Step>('patient');
  const [person, setPerson] = useState<Person | null>(null);
  const [bedId, setBedId] = useState(wanted);
  const [planned, setPlanned] = useState<readonly PlannedDevice[] | null>(null);
  const [isSent, setSent] = useState(false);
  const bed = beds.find((each) => each.bedId === bedId) ?? null;
  const panel = (name: Step, body: ReactNode, summary: ReactNode): ReactNode => (
    <StepCard key={name} name={name} at={step} locked={isSent} onBack={() => setStep(name)} summary={summary}>
      {body}
    </StepCard>
  );
  return (
    <ol className="steps">
      {panel(
        'patient',
        <PickPatient
          onPick={(picked) => {
            setPerson(picked);
            setStep('bed');
          }}
        />,
        person ? <WhoBadge who={person.who} /> : null,
      )}
      {panel(
        'bed',
        person ? (
          <>
            <NameWarnings person={person} beds={beds} />
            <PickBed
              person={person}
              beds={beds}
              chosen={bedId}
              onPick={(picked) => {
                if (picked !== bedId) setPlanned(null);
                setBedId(picked);
                setStep('devices');
              }}
            />
          </>
        ) : null,
        bed ? <b>{bed.label}</b> : null,
      )}
      {panel(
        'devices',
        person && bed ? (
          <BedDevices
            bed={bed}
            planned={planned}
            forWhom={person.who.name}
            onChange={setPlanned}
            onNext={() => setStep(planned && planned.length > 0 ? 'check' : 'confirm')}
          />
        ) : null,
        planned ? <span>{planned.map(({ deviceId }) => deviceId).join(', ') || t('stays:noDeviceShort')}</span> : null,
      )}
      {panel(
        'check',
        person && bed && planned ? (
          <DeviceLook
            who={person.who}
            place={bed.label}
            deviceIds={planned.map(({ deviceId }) => deviceId)}
            onMatch={() => setStep('confirm')}
          />
        ) : null,
        <span>{t('stays:checked')}</span>,
      )}
      {panel(
        'confirm',
        person && bed && planned ? (
          <AdmitConfirm person={person} bed={bed} planned={planned} onSending={setSent} onAgain={onAgain} />
        ) : null,
        null,
      )}
    </ol>
  );
}

interface StepCardProps {
  readonly name: Step;
  readonly at: Step;
  readonly locked: boolean;
  readonly onBack: () => void;
  readonly summary: ReactNode;
  readonly children: ReactNode;
}

/** One step: open, done (with what was chosen and the way back), or still to come. */
function StepCard({ name, at, locked, onBack, summary, children }: StepCardProps) {
  const [own, now] = [STEPS.indexOf(name), STEPS.indexOf(at)];
  const heading = useRef<HTMLHeadingElement>(null);
  const isOpen = own === now;
  const before = useRef(at);
  useEffect(() => {
    if (isOpen && before.current !== at) heading.current?.focus();
    before.current = at;
  }, [isOpen, at]);
  return (
    <li
      className="card step"
      data-step={isOpen ? 'open' : own < now ? 'done' : 'later'}
      aria-current={isOpen ? 'step' : undefined}
    >
      <h2 ref={heading} tabIndex={-1}>
        {t('stays:step', { number: own + 1, what: t(`stays:step.${name}`) })}
      </h2>
      {isOpen ? children : null}
      {own < now ? (
        <div className="step-summary">
          {summary}
          {locked ? null : (
            <button type="button" className="button small" onClick={onBack}>
              {t('stays:change', { what: t(`stays:step.${name}`) })}
            </button>
          )}
        </div>
      ) : null}
    </li>
  );
}

/** Another patient of the same name on the unit, or this one in a bed already. */
function NameWarnings({ person, beds }: { person: Person; beds: readonly BedView[] }) {
  const others = beds.flatMap((bed) => {
    const who = whoIn(bed);
    return who && bed.encounter?.patientId !== person.patientId ? [{ ...who, bedId: bed.bedId, label: bed.label }] : [];
  });
  const alike = sameName(person.who, others);
  const here = beds.find(({ encounter }) => encounter?.patientId === person.patientId);
  return (
    <>
      {here ? (
        <p className="state-note trouble" role="alert">
          {t('stays:isAlreadyIn', { bed: here.label })}{' '}
          <Link to="/b/$bedId/stay" params={{ bedId: here.bedId }} search={{ do: 'transfer' }} className="button">
            {t('stays:transferInstead')}
          </Link>
        </p>
      ) : null}
      {alike.length > 0 ? (
        <div className="state-note trouble" role="alert">
          <p>{t('stays:sameName')}</p>
          {alike.map((other) => (
            <WhoBadge key={other.bedId} who={other} place={other.label} />
          ))}
        </div>
      ) : null}
    </>
  );
}
