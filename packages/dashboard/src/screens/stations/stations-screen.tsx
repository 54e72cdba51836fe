import type { Station, StationCreated } from '@vigil/contracts';
import { useState } from 'react';
import { careUnits } from '../../live/care-api.js';
import { createStation, revokeStation, stations } from '../../live/office-api.js';
import { type Trouble, troubleText } from '../../live/problem.js';
import { mayManageStations } from '../../model/screens-of.js';
import { clockText } from '../../model/format.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Form, SelectField, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section, Table, TroubleNote, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';

const STATE_WORDS: Readonly<Record<Station['state'], string>> = {
  waiting: 'waits for its code',
  enrolled: 'shows its unit',
  revoked: 'revoked',
};

/** Shared screens. The code of a new one is shown once. */
export function StationsScreen() {
  const { user } = useIdentity();
  const { load, again } = useLoad(['stations'], stations);
  const [made, setMade] = useState<StationCreated | null>(null);
  const manages = mayManageStations(user?.roles ?? []);
  return (
    <>
      {made ? <Code made={made} onDone={() => setMade(null)} /> : null}
      {manages ? (
        <CreateStation
          onMade={(created) => {
            setMade(created);
            again();
          }}
        />
      ) : null}
      <Loaded load={load} again={again} what="the stations">
        {({ items }) =>
          items.length === 0 ? (
            <p className="state-note">There are none yet.</p>
          ) : (
            <Table label="Stations" head={['Station', 'Care unit', 'State', 'Last seen', ...(manages ? ['Change'] : [])]}>
              {items.map((station) => (
                <Row key={station.stationId} station={station} manages={manages} onChanged={again} />
              ))}
            </Table>
          )
        }
      </Loaded>
    </>
  );
}

function Code({ made, onDone }: { made: StationCreated; onDone: () => void }) {
  return (
    <section className="card shown-once" role="alert">
      <h2>Code of {made.station.label}</h2>
      <p>
        <code className="big-code">{made.enrolmentCode}</code>
      </p>
      <p>
        At that screen open <b>{location.origin}/station</b> and enter it. It is shown <b>only now</b>, works once, and until{' '}
        {clockText(made.codeExpiresAtMs)}.
      </p>
      <button type="button" className="button primary" onClick={onDone}>
        Done
      </button>
    </section>
  );
}

function CreateStation({ onMade }: { onMade: (made: StationCreated) => void }) {
  const { user, checked } = useIdentity();
  const units = useLoad(['care-units'], careUnits);
  const { busy, error, run } = useSubmit();
  const [count, setCount] = useState(0);
  const submit = (form: FormData): void => {
    const label = String(form.get('label') ?? '').trim();
    void run(async () => {
      if (!label) return 'Give the station a name, like "Desk 2".';
      const answer = checked(await createStation(String(form.get('careUnitId')), label));
      if (!answer.ok) return troubleText(answer.trouble);
      setCount(count + 1);
      onMade(answer.value);
      return '';
    });
  };
  const isAdmin = user?.roles.includes('admin') === true;
  return (
    <Section title="New station">
      <Loaded load={units.load} again={units.again} what="the care units">
        {({ items }) => (
          <Form key={count} error={error} onSubmit={submit}>
            <div className="fields">
              <SelectField
                label="Care unit"
                name="careUnitId"
                options={items
                  .filter((unit) => isAdmin || user?.careUnitIds.includes(unit.careUnitId))
                  .map((unit) => [unit.careUnitId, unit.label] as const)}
              />
              <TextField label="Name of the station" name="label" placeholder="Desk 2" autoComplete="off" maxLength={60} />
              <button type="submit" className="button primary" aria-disabled={busy}>
                {busy ? 'Making…' : 'Make a code'}
              </button>
            </div>
          </Form>
        )}
      </Loaded>
    </Section>
  );
}

function Row({ station, manages, onChanged }: { station: Station; manages: boolean; onChanged: () => void }) {
  const { checked } = useIdentity();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const revoke = (): void =>
    void revokeStation(station.stationId).then((answer) =>
      checked(answer).ok ? onChanged() : setTrouble(answer.ok ? null : answer.trouble),
    );
  return (
    <tr data-disabled={station.state === 'revoked'}>
      <td>
        <b>{station.label}</b>
      </td>
      <td>{station.careUnitId}</td>
      <td>{STATE_WORDS[station.state]}</td>
      <td>{station.lastSeenMs === null ? 'never' : whenText(station.lastSeenMs)}</td>
      {manages ? (
        <td>
          {station.state === 'revoked' ? null : (
            <ConfirmButton name="Revoke" question={`Make ${station.label} dark?`} onConfirm={revoke} />
          )}
          {trouble ? <TroubleNote trouble={trouble} /> : null}
        </td>
      ) : null}
    </tr>
  );
}
