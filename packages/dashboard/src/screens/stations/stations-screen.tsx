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
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

const head = (manages: boolean): readonly string[] => [
  ...[t('stations:colStation'), t('stations:colCareUnit'), t('stations:colState'), t('stations:colSeen')],
  ...(manages ? [t('stations:colChange')] : []),
];

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
      <Loaded load={load} again={again} what={t('stations:theStations')}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="state-note">{t('stations:none')}</p>
          ) : (
            <Table label={t('stations:table')} head={head(manages)}>
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
      <h2>
        <bdi>{t('stations:codeOf', { label: plainText(made.station.label) })}</bdi>
      </h2>
      <p>
        <code className="big-code">{made.enrolmentCode}</code>
      </p>
      <p>{t('stations:codeHow', { address: `${location.origin}/station`, until: clockText(made.codeExpiresAtMs) })}</p>
      <button type="button" className="button primary" onClick={onDone}>
        {t('stations:done')}
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
      if (!label) return t('stations:giveName');
      const answer = checked(await createStation(String(form.get('careUnitId')), label));
      if (!answer.ok) return troubleText(answer.trouble);
      setCount(count + 1);
      onMade(answer.value);
      return '';
    });
  };
  const isAdmin = user?.roles.includes('admin') === true;
  return (
    <Section title={t('stations:newStation')}>
      <Loaded load={units.load} again={units.again} what={t('stations:theCareUnits')}>
        {({ items }) => (
          <Form key={count} error={error} onSubmit={submit}>
            <div className="fields">
              <SelectField
                label={t('stations:careUnit')}
                name="careUnitId"
                options={items
                  .filter((unit) => isAdmin || user?.careUnitIds.includes(unit.careUnitId))
                  .map((unit) => [unit.careUnitId, unit.label] as const)}
              />
              <TextField
                label={t('stations:name')}
                name="label"
                placeholder={t('stations:example')}
                autoComplete="off"
                maxLength={60}
              />
              <button type="submit" className="button primary" aria-disabled={busy}>
                {busy ? t('stations:making') : t('stations:makeCode')}
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
        <b>
          <bdi>{plainText(station.label)}</bdi>
        </b>
      </td>
      <td>{station.careUnitId}</td>
      <td>{t(`stations:state_${station.state}`)}</td>
      <td>{station.lastSeenMs === null ? t('stations:never') : whenText(station.lastSeenMs)}</td>
      {manages ? (
        <td>
          {station.state === 'revoked' ? null : (
            <ConfirmButton
              name={t('stations:revoke')}
              question={t('stations:revokeAsk', { label: plainText(station.label) })}
              onConfirm={revoke}
            />
          )}
          {trouble ? <TroubleNote trouble={trouble} /> : null}
        </td>
      ) : null}
    </tr>
  );
}
