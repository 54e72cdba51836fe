import type { BedView, Encounter } from '@vigil/contracts';
import { patient } from '../../live/care-api.js';
import { endedStays, reopen } from '../../live/stays-api.js';
import { mayCorrectStays } from '../../model/screens-of.js';
import { REASONS, type Reason, reasonText } from '../../model/stay-words.js';
import { SelectField, TextField } from '../../parts/form.js';
import { Section, whenText } from '../../parts/parts.js';
import { lastOf, useLoad } from '../../parts/use-load.js';
import { useSeen } from '../../parts/use-seen.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { personOf } from './pick-patient.js';
import { useDone } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { textOf, WriteForm } from './write-form.js';

/** Who left this bed last, for whoever may say that the discharge was wrong. */
export function ReopenList({ bed }: { bed: BedView }) {
  const { user } = useIdentity();
  const isMine = mayCorrectStays(user?.roles ?? []);
  const { load } = useLoad(isMine ? ['stays', 'ended', bed.bedId] : null, () => endedStays(bed.bedId));
  const ended = lastOf(load);
  if (!isMine || ended === null) return null;
  const newest = [...ended.items]
    .filter(({ dischargedMs }) => dischargedMs !== null)
    .sort((a, b) => (b.dischargedMs ?? 0) - (a.dischargedMs ?? 0))[0];
  return newest ? <Reopen key={newest.encounterId} bed={bed} stay={newest} /> : null;
}

function Reopen({ bed, stay }: { bed: BedView; stay: Encounter }) {
  const { load } = useLoad(['stays', 'patient', stay.patientId], () => patient(stay.patientId));
  const command = useCommand();
  const { rev } = useSeen(stay, command.moved);
  const done = useDone();
  /* Who doesn't treat the patient any more can't reopen the stay either. */
  const record = lastOf(load);
  if (record === null) return null;
  const { who } = personOf(record);
  return (
    <Section title={t('stays:reopenTitle')}>
      <WriteForm
        {...{ who, command }}
        place={bed.label}
        verb={t('stays:reopen')}
        missing={(form) => (textOf(form, 'note') === '' ? t('stays:whyNeeded') : '')}
        onSend={(form) =>
          void command
            .send(
              (by) => reopen(stay.encounterId, { reason: textOf(form, 'reason') as Reason, note: textOf(form, 'note') }, by),
              rev,
            )
            .then((after) => (after ? done({ text: t('stays:reopened'), undo: null }) : undefined))
        }
      >
        <p>{t('stays:leftAt', { when: whenText(stay.dischargedMs ?? 0) })}</p>
        <SelectField
          label={t('stays:why')}
          name="reason"
          defaultValue="wrong-patient"
          options={REASONS.map((reason) => [reason, reasonText(reason)])}
        />
        <TextField label={t('stays:note')} name="note" autoComplete="off" maxLength={200} />
      </WriteForm>
    </Section>
  );
}
