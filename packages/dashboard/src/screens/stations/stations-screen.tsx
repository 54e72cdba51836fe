import type { StationCreated, UnitPresence } from '@vigil/contracts';
import { useState } from 'react';
import { careUnits } from '../../live/care-api.js';
import { createStation, stations } from '../../live/office-api.js';
import { troubleText } from '../../live/problem.js';
import { mayManageStations } from '../../model/screens-of.js';
import { clockText } from '../../model/format.js';
import { Form, SelectField, TextField, useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section, Table } from '../../parts/parts.js';
import { useSignal, useStationIfAny } from '../../parts/hooks.js';
import { useLoad } from '../../parts/use-load.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import type { Station as LiveStation } from '../../live/station.js';
import { StationRow } from './station-row.js';

const head = (manages: boolean): readonly string[] => [
  ...[
    t('stations:colStation'),
    t('stations:colCareUnit'),
    t('stations:colState'),
    t('stations:colScreen'),
    t('stations:colSeen'),
  ],
  ...(manages ? [t('stations:colChange')] : []),
];

/** As often as the list says when a station was seen. */
const ASK_EVERY_MS = 60_000;

/** Shared screens. The code of a new one is shown once. */
export function StationsScreen() {
  const live = useStationIfAny();
  return live === null ? <StationList presence={null} /> : <WithPresence live={live} />;
}

function WithPresence({ live }: { live: LiveStation }) {
  return <StationList presence={useSignal(live.feeds.presence)} />;
}

/** @param presence how the stations of the care unit on this screen are now; null where there is none, or nobody told */
export function StationList({ presence }: { presence: UnitPresence | null }) {
  const { user } = useIdentity();
  const { load, again } = useLoad(['stations'], stations, { everyMs: ASK_EVERY_MS });
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
                <StationRow
                  key={station.stationId}
                  station={station}
                  presence={presence?.stations.find(({ stationId }) => stationId === station.stationId) ?? null}
                  manages={manages}
                  onChanged={again}
                />
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
