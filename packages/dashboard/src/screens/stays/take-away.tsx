import type { DeviceCheck } from '@vigil/contracts';
import { useState } from 'react';
import { REASONS, type Reason, reasonText } from '../../model/stay-words.js';
import { mayCorrectStays } from '../../model/screens-of.js';
import { Form, SelectField, TextField } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import type { TakeAway } from './device-plan.js';
import { WhoBadge } from './identity-parts.js';
import { useBeds, whoIn } from './ward.js';

interface TakeAwayProps {
  readonly check: DeviceCheck;
  readonly bedLabel: string;
  readonly forWhom: string;
  readonly onTake: (takeAway: TakeAway) => void;
  readonly onCancel: () => void;
}

/** A device at another bed blocks: both sides are shown, and nothing is taken without a reason. */
export function TakeAwayForm({ check, bedLabel, forWhom, onTake, onCancel }: TakeAwayProps) {
  const { user } = useIdentity();
  const { load } = useBeds();
  const [error, setError] = useState('');
  const bed = load.kind === 'ready' ? load.value.find(({ bedId }) => bedId === check.bed?.bedId) : undefined;
  const other = bed ? whoIn(bed) : null;
  const hows = ['moved', ...(mayCorrectStays(user?.roles ?? []) ? (['never-there'] as const) : [])] as const;
  const submit = (form: FormData): void => {
    const [reason, note] = [String(form.get('reason') ?? '') as Reason, String(form.get('note') ?? '').trim()];
    if (!REASONS.includes(reason) || note === '') return setError(t('stays:whyNeeded'));
    onTake({ how: form.get('how') === 'never-there' ? 'never-there' : 'moved', reason, note });
  };
  return (
    <section className="collision" aria-labelledby="collision-title">
      <h3 id="collision-title">{t('stays:collision', { device: check.deviceId, bed: check.bed?.label ?? '' })}</h3>
      <div className="both-sides">
        <div>
          <p>{t('stays:thereNow', { bed: check.bed?.label ?? '' })}</p>
          {other ? (
            <WhoBadge who={other} />
          ) : (
            <p>{check.bed?.occupied ? t('stays:somebodyElsewhere') : t('stays:nobodyLiesThere')}</p>
          )}
        </div>
        <div>
          <p>{t('stays:wantedAt', { bed: bedLabel })}</p>
          <p>
            <b>
              <bdi>{forWhom}</bdi>
            </b>
          </p>
        </div>
      </div>
      <Form error={error} onSubmit={submit}>
        <SelectField label={t('stays:howTaken')} name="how" options={hows.map((how) => [how, t(`stays:how.${how}`)])} />
        <SelectField
          label={t('stays:why')}
          name="reason"
          defaultValue=""
          options={[['', t('stays:choose')], ...REASONS.map((reason) => [reason, reasonText(reason)] as const)]}
        />
        <TextField label={t('stays:note')} name="note" autoComplete="off" maxLength={200} />
        <div className="form-buttons">
          <button type="submit" className="button danger">
            {t('stays:takeFromThere')}
          </button>
          <button type="button" className="button" onClick={onCancel}>
            {t('stays:leaveThere')}
          </button>
        </div>
      </Form>
    </section>
  );
}
