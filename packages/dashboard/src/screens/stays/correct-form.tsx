import type { CorrectStay } from '@vigil/contracts';
import { useState } from 'react';
import { correctStay } from '../../live/stays-api.js';
import { REASONS, type Reason, reasonText } from '../../model/stay-words.js';
import { SelectField, TextField } from '../../parts/form.js';
import { whenText } from '../../parts/parts.js';
import { useStationIfAny } from '../../parts/hooks.js';
import { useSeen } from '../../parts/use-seen.js';
import { t } from '../../words/words.js';
import { WhoBadge } from './identity-parts.js';
import { type Person, PickPatient } from './pick-patient.js';
import type { ShownStay } from './shown-stay.js';
import { useDone } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { textOf, WriteForm } from './write-form.js';

/** Who really lies here. What was said before is kept, marked, and no longer counts. */
export function CorrectForm({ shown }: { shown: ShownStay }) {
  const { bed, stay, who } = shown;
  const station = useStationIfAny();
  const [right, setRight] = useState<Person | null>(null);
  const command = useCommand();
  const { rev } = useSeen(stay, command.moved);
  const done = useDone();
  if (!right) {
    return (
      <>
        <p>{t('stays:correctWho')}</p>
        <WhoBadge who={who} place={bed.label} />
        <h3>{t('stays:whoReally')}</h3>
        <PickPatient onPick={setRight} />
      </>
    );
  }
  const send = (form: FormData): void => {
    const minutes = textOf(form, 'since');
    const nowMs = station?.now()?.eventMs;
    const rate = station?.now()?.rate ?? 1;
    const fromMs = minutes !== '' && nowMs !== undefined ? { fromMs: Math.round(nowMs - Number(minutes) * 60_000 * rate) } : {};
    const body = { patientId: right.patientId, ...fromMs, reason: textOf(form, 'reason') as Reason, note: textOf(form, 'note') };
    void command
      .send((by) => correctStay(stay.encounterId, body as CorrectStay, by), rev)
      .then((after) =>
        after
          ? done({ text: t('stays:corrected', { name: right.who.name, count: after.correction.questioned.length }), undo: null })
          : undefined,
      );
  };
  const missing = (form: FormData): string =>
    textOf(form, 'reason') === '' || textOf(form, 'note') === '' ? t('stays:whyNeeded') : '';
  return (
    <WriteForm {...{ command, missing }} who={right.who} place={bed.label} verb={t('stays:correct')} danger onSend={send}>
      <div className="both-sides">
        <div>
          <p>{t('stays:saidToLie', { bed: bed.label })}</p>
          <WhoBadge who={who} />
        </div>
        <div>
          <p>{t('stays:reallyLies', { bed: bed.label })}</p>
          <WhoBadge who={right.who} showMrn={false} />
          <button type="button" className="button small" onClick={() => setRight(null)}>
            {t('stays:somebodyElse')}
          </button>
        </div>
      </div>
      <SelectField
        label={t('stays:sinceWhen')}
        name="since"
        defaultValue=""
        options={[
          ['', t('stays:sinceStart', { when: whenText(stay.admittedMs) })],
          ...[5, 15, 30, 60, 120, 240, 480].map((count) => [String(count), t('stays:minutesAgo', { count })] as const),
        ]}
      />
      <SelectField
        label={t('stays:why')}
        name="reason"
        defaultValue="wrong-patient"
        options={REASONS.map((reason) => [reason, reasonText(reason)])}
      />
      <TextField label={t('stays:note')} name="note" autoComplete="off" maxLength={200} />
      <div>
        <h3>{t('stays:whatMoves')}</h3>
        <ul className="what-moves">
          {(['alarms', 'limits', 'readings', 'kept'] as const).map((what) => (
            <li key={what}>{t(`stays:moves.${what}`)}</li>
          ))}
        </ul>
      </div>
    </WriteForm>
  );
}
