import { type Standby, StandbyPlace } from '@vigil/contracts';
import { endStandby, setStandby, standbyIn } from '../../live/stays-api.js';
import { placeText } from '../../model/stay-words.js';
import { useStationIfAny } from '../../parts/hooks.js';
import { SelectField, TextField } from '../../parts/form.js';
import { Loaded, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';
import { WhoBadge } from './identity-parts.js';
import type { ShownStay } from './shown-stay.js';
import { useDone } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { textOf, WriteForm } from './write-form.js';

/** Minutes until somebody is expected back. How long a site allows is the site's: the server refuses what is longer. */
const MINUTES = [15, 30, 60] as const;
/** Ends at the latest that the site allows. */
const LONGEST = 'longest';

/** Away from the monitor: it hides that nothing comes, and nothing that is measured. */
export function StandbyForm({ shown }: { shown: ShownStay }) {
  const { bed, stay } = shown;
  const { load, again } = useLoad(['stays', 'standby', bed.careUnitId], () => standbyIn(bed.careUnitId), { everyMs: 10_000 });
  return (
    <Loaded load={load} again={again} what={t('stays:theStandby')}>
      {({ items }) => {
        const now = items.find(({ encounterId }) => encounterId === stay.encounterId);
        return now ? <Away shown={shown} standby={now} /> : <GoAway shown={shown} />;
      }}
    </Loaded>
  );
}

function GoAway({ shown: { bed, stay, who } }: { shown: ShownStay }) {
  const station = useStationIfAny();
  const command = useCommand();
  const done = useDone();
  const send = (form: FormData): void => {
    const [place, wanted, note] = [textOf(form, 'place'), textOf(form, 'minutes'), textOf(form, 'note')];
    const minutes = Number(wanted);
    const now = station?.now();
    const toMs =
      now && wanted !== LONGEST ? { toMs: Math.round(now.eventMs + minutes * 60_000 * now.rate) as Standby['toMs'] } : {};
    const body = { place: StandbyPlace.parse(place), ...toMs, ...(note ? { note } : {}) };
    void command
      .send((by) => setStandby(stay.encounterId, body, by))
      .then((view) => {
        if (!view) return;
        done({
          text: t('stays:onStandby', { place: placeText(view.place), until: whenText(view.toMs) }),
          undo: {
            what: t('stays:undoStandby'),
            act: async ({ send: sendBack }) => (await sendBack((by) => endStandby(stay.encounterId, by))) !== null,
          },
        });
      });
  };
  return (
    <WriteForm
      {...{ who, command }}
      place={bed.label}
      verb={t('stays:goStandby')}
      missing={(form) => (textOf(form, 'place') ? '' : t('stays:wherePlace'))}
      onSend={send}
    >
      <p>{t('stays:standbyWhat')}</p>
      <SelectField
        label={t('stays:where')}
        name="place"
        defaultValue=""
        options={[['', t('stays:choose')], ...StandbyPlace.options.map((place) => [place, placeText(place)] as const)]}
      />
      <SelectField
        label={t('stays:expectedBack')}
        name="minutes"
        defaultValue="60"
        options={[
          ...MINUTES.map((count) => [String(count), t('stays:inMinutes', { count })] as const),
          [LONGEST, t('stays:asLongAsAllowed')],
        ]}
      />
      <TextField label={t('stays:standbyNote')} name="note" autoComplete="off" maxLength={200} />
    </WriteForm>
  );
}

function Away({ shown: { bed, stay, who }, standby }: { shown: ShownStay; standby: Standby }) {
  const command = useCommand();
  const done = useDone();
  const isMeasured = bed.readings.some(({ atMs, value }) => value !== null && atMs > standby.fromMs);
  const back = (): void => {
    void command
      .send((by) => endStandby(stay.encounterId, by))
      .then((ended) => {
        if (ended) done({ text: t('stays:isBack'), undo: null });
      });
  };
  return (
    <>
      <WhoBadge who={who} place={bed.label} />
      <p>
        <b>
          {t('stays:isAway', { place: placeText(standby.place), since: whenText(standby.fromMs), until: whenText(standby.toMs) })}
        </b>
      </p>
      {standby.note ? (
        <p>
          <bdi>{standby.note}</bdi>
        </p>
      ) : null}
      {isMeasured ? (
        <p className="state-note trouble" role="alert">
          {t('stays:dataAreBack')}
        </p>
      ) : null}
      <button type="button" className="button primary" aria-disabled={command.busy} onClick={back}>
        {command.busy ? t('stays:sending') : t('stays:back')}
      </button>
      <p className="form-error" role="alert">
        {command.error}
      </p>
    </>
  );
}
