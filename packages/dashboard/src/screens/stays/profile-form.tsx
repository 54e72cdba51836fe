import type { StayProfile } from '@vigil/contracts';
import { profileOf, setProfile } from '../../live/stays-api.js';
import { AGE_GROUPS, ageGroupText } from '../../model/stay-words.js';
import { SelectField } from '../../parts/form.js';
import { Loaded } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { useSeen } from '../../parts/use-seen.js';
import { t } from '../../words/words.js';
import type { ShownStay } from './shown-stay.js';
import { useDone } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { textOf, WriteForm } from './write-form.js';

/** Which age group's limits and rules hold: asked for where nobody could tell the age. */
export function ProfileForm({ shown }: { shown: ShownStay }) {
  const { encounterId } = shown.stay;
  const { load, again } = useLoad(['stays', 'profile', encounterId], () => profileOf(encounterId));
  return (
    <Loaded load={load} again={again} what={t('stays:theProfile')}>
      {(profile) => <OfProfile shown={shown} profile={profile} />}
    </Loaded>
  );
}

function OfProfile({ shown: { bed, stay, who }, profile }: { shown: ShownStay; profile: StayProfile }) {
  const command = useCommand();
  const done = useDone();
  const { ageGroup } = profile;
  const { rev } = useSeen(profile, command.moved);
  const send = (form: FormData): void => {
    const group = AGE_GROUPS.find((each) => each === textOf(form, 'age'));
    if (group === undefined) return;
    void command
      .send((by) => setProfile(stay.encounterId, group, by), rev)
      .then((after) => (after ? done({ text: t('stays:profileIs', { group: ageGroupText(group) }), undo: null }) : undefined));
  };
  return (
    <WriteForm
      {...{ who, command }}
      place={bed.label}
      verb={t('stays:setProfile')}
      missing={(form) => (textOf(form, 'age') === '' ? t('stays:whichAge') : '')}
      onSend={send}
    >
      <p>{ageGroup ? t('stays:profileNow', { group: ageGroupText(ageGroup) }) : t('stays:profileUnknown')}</p>
      <SelectField
        label={t('stays:ageGroup')}
        name="age"
        defaultValue={ageGroup ?? ''}
        options={[
          ...(ageGroup ? [] : [['', t('stays:choose')] as const]),
          ...AGE_GROUPS.map((group) => [group, ageGroupText(group)] as const),
        ]}
      />
    </WriteForm>
  );
}
