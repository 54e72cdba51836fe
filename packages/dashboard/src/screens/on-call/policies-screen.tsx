import { Link, useSearch } from '@tanstack/react-router';
import type { PolicyInForce, PolicyVersion } from '@vigil/contracts';
import { useState } from 'react';
import { policyInForce } from '../../live/on-call-api.js';
import { policies } from '../../live/policies-api.js';
import { mayDecide } from '../../model/policy-moves.js';
import { momentText } from '../../model/time-words.js';
import { Loaded, Section, Table } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { OnCallFrame } from './on-call-frame.js';
import { PolicyDetailView } from './policy-detail.js';
import { PolicyEditor } from './policy-editor.js';
import { type EditedPolicy, PolicyWords, unitsText } from './policy-words.js';

/** Who is told of which alarms: what is in force, all versions, and how a new one comes into force. */
export function PoliciesScreen() {
  return <OnCallFrame>{(careUnitId) => <OfUnit key={careUnitId} careUnitId={careUnitId} />}</OnCallFrame>;
}

function OfUnit({ careUnitId }: { careUnitId: string }) {
  const { policy } = useSearch({ from: '/on-call/policies' });
  const [edited, setEdited] = useState<EditedPolicy | null>(null);
  if (edited !== null) return <PolicyEditor first={edited} careUnitId={careUnitId} onDone={() => setEdited(null)} />;
  if (policy !== undefined) {
    return <PolicyDetailView key={policy} hash={policy} careUnitId={careUnitId} onEdit={setEdited} />;
  }
  return <PolicyList careUnitId={careUnitId} onEdit={setEdited} />;
}

function PolicyList({ careUnitId, onEdit }: { careUnitId: string; onEdit: (edited: EditedPolicy) => void }) {
  const { user } = useIdentity();
  const now = useLoad(['policies', careUnitId, 'in-force'], () => policyInForce(careUnitId));
  const all = useLoad(['policies', 'list'], policies);
  return (
    <>
      <Section title={t('onCall:inForceTitle')}>
        <Loaded load={now.load} again={now.again} what={t('onCall:whatPolicy')}>
          {(value) => (
            <>
              <InForce policy={value} />
              {mayDecide(user?.roles ?? []) ? (
                <button
                  type="button"
                  className="button"
                  onClick={() => onEdit({ content: value.content, careUnitIds: [careUnitId] })}
                >
                  {t('onCall:newPolicyFromForce')}
                </button>
              ) : (
                <p className="field-hint">{t('onCall:mayNot')}</p>
              )}
            </>
          )}
        </Loaded>
      </Section>
      <Section title={t('onCall:policiesTitle')}>
        <Loaded load={all.load} again={all.again} what={t('onCall:whatPolicies')}>
          {({ items }) =>
            items.length === 0 ? <p className="state-note">{t('onCall:noPolicies')}</p> : <Versions items={items} />
          }
        </Loaded>
      </Section>
    </>
  );
}

function InForce({ policy }: { policy: PolicyInForce }) {
  return (
    <>
      <p>
        <b>
          <bdi>{policy.content.name}</bdi>
        </b>{' '}
        {policy.source === 'approved' ? t('onCall:approvedByTwo') : t('onCall:fromSite')}
      </p>
      <PolicyWords content={policy.content} />
    </>
  );
}

function Versions({ items }: { items: readonly PolicyVersion[] }) {
  const head = (['onCall:colPolicy', 'onCall:colState', 'onCall:colUnits', 'onCall:colSince', 'onCall:colNo'] as const).map(
    (key) => t(key),
  );
  return (
    <Table label={t('onCall:whatPolicies')} head={head}>
      {items.map((version) => (
        <tr key={version.hash} data-need={version.state === 'proposed'}>
          <th scope="row">
            <Link
              to="/on-call/policies"
              search={(before) => ({ ...before, policy: version.hash })}
              aria-label={`${t('onCall:showPolicy')}: ${version.content.name}`}
            >
              <bdi>{version.content.name}</bdi>
            </Link>
          </th>
          <td>{t(`onCall:state_${version.state}`)}</td>
          <td>{unitsText(version.careUnitIds)}</td>
          <td className="nowrap">{momentText(version.changedWallMs)}</td>
          <td>
            <code>{version.hash.slice(0, 8)}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}
