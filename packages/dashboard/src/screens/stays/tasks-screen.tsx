import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { Task } from '@vigil/contracts';
import { useState } from 'react';
import { openTasks, type Settlement, settleTask, taskDetail, taskSaid } from '../../live/stays-api.js';
import { mayReadTasks } from '../../model/screens-of.js';
import { reasonOfTask, saidWithoutPerson, type Side, sidesOf } from '../../model/task-sides.js';
import { Form, TextField } from '../../parts/form.js';
import { Loaded, Section, Table, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { useSeen } from '../../parts/use-seen.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import '../../styles/stays.css';
import { WhoBadge } from './identity-parts.js';
import { type Person, PickPatient } from './pick-patient.js';
import { DoneBar } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { textOf } from './write-form.js';

/** What the hospital's systems said and Vigil does not decide by guess. */
export function TasksScreen() {
  const { task: chosen } = useSearch({ from: '/tasks' });
  const navigate = useNavigate();
  const { load, again } = useLoad(['stays', 'tasks'], () => openTasks(), { everyMs: 15_000 });
  const [done, setDone] = useState<{ readonly text: string; readonly n: number } | null>(null);
  return (
    <div className="stays stay-lists">
      <p>{t('stays:tasksWhat')}</p>
      {done ? <DoneBar key={done.n} done={done.text} undo={null} /> : null}
      <Loaded load={load} again={again} what={t('stays:theTasks')}>
        {({ items }) => {
          const open = items.find(({ taskId }) => taskId === chosen);
          return (
            <>
              {items.length === 0 ? <p className="state-note">{t('stays:tasksEmpty')}</p> : <TaskTable items={items} />}
              {open ? (
                <OpenTask
                  key={open.taskId}
                  task={open}
                  onDone={(text) => {
                    setDone({ text, n: (done?.n ?? 0) + 1 });
                    void navigate({ to: '/tasks', search: {} });
                  }}
                />
              ) : null}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function TaskTable({ items }: { items: readonly Task[] }) {
  return (
    <Table
      label={t('stays:tasksTitle')}
      head={(['why', 'where', 'since', 'behind', 'do'] as const).map((head) => t(`stays:tasks.${head}`))}
    >
      {items.map((task) => (
        <tr key={task.taskId}>
          <th scope="row">{reasonOfTask(task.reason)}</th>
          <td>{task.bedId ?? task.careUnitId ?? t('stays:placeUnknown')}</td>
          <td className="nowrap">{whenText(task.openedWallMs)}</td>
          <td>{task.waiting === 0 ? '–' : t('stays:waitBehind', { count: task.waiting })}</td>
          <td>
            <Link to="/tasks" search={{ task: task.taskId }} className="button">
              {t('stays:look')}
            </Link>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function OpenTask({ task, onDone }: { task: Task; onDone: (text: string) => void }) {
  const { user } = useIdentity();
  const seesNames = mayReadTasks(user?.roles ?? []);
  const { load, again } = useLoad<readonly Side[] | null>(['stays', 'task', task.taskId, seesNames], async () => {
    if (seesNames) {
      const answer = await taskDetail(task.taskId);
      return answer.ok ? { ok: true, value: sidesOf(answer.value.detail) } : answer;
    }
    const answer = await taskSaid(task.taskId);
    return answer.ok ? { ok: true, value: saidWithoutPerson(answer.value.said) } : answer;
  });
  /* What is at a care unit is for those who work there; who sees no names settles only what nobody else can. */
  const maySettle = seesNames || task.careUnitId === null;
  return (
    <Section title={reasonOfTask(task.reason)}>
      <p>{t(`stays:taskHelp.${helpOf(task.reason)}`)}</p>
      <Loaded load={load} again={again} what={t('stays:theTask')}>
        {(sides) => (sides === null ? <p className="state-note">{t('stays:taskUnreadable')}</p> : <BothSides sides={sides} />)}
      </Loaded>
      {maySettle ? <Settle task={task} seesNames={seesNames} onDone={onDone} /> : <p>{t('stays:taskOfUnit')}</p>}
    </Section>
  );
}

function helpOf(reason: Task['reason']): 'person' | 'bed' | 'place' | 'broken' | 'other' {
  if (reason === 'ambiguous-patient' || reason === 'person-differs' || reason === 'no-identifier') return 'person';
  if (reason === 'bed-taken' || reason === 'patient-elsewhere' || reason === 'overlap') return 'bed';
  if (reason === 'unknown-place') return 'place';
  return ['broken-framing', 'wrong-encoding', 'no-header', 'missing-segment', 'missing-field'].includes(reason)
    ? 'broken'
    : 'other';
}

function BothSides({ sides }: { sides: readonly Side[] }) {
  return (
    <Table label={t('stays:bothSides')} head={[t('stays:side.what'), t('stays:side.said'), t('stays:side.known')]}>
      {sides.map(({ what, said, known, differs }) => (
        <tr key={what} data-differs={differs}>
          <th scope="row">{what}</th>
          <td>
            <bdi>{said || '–'}</bdi>
          </td>
          <td>
            <bdi>{known || '–'}</bdi> {differs ? <span className="tag">{t('stays:differs')}</span> : null}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Settle({ task, seesNames, onDone }: { task: Task; seesNames: boolean; onDone: (text: string) => void }) {
  const command = useCommand();
  const { rev } = useSeen(task, command.moved);
  const [whose, setWhose] = useState<Person | null>(null);
  const [what, setWhat] = useState<Settlement['do']>('apply');
  const kinds =
    task.kind === 'feed' ? (['apply', 'dismiss', ...(seesNames ? (['link'] as const) : [])] as const) : (['dismiss'] as const);
  const chosen = kinds.find((each) => each === what) ?? 'dismiss';
  const send = (form: FormData): void => {
    const note = textOf(form, 'note');
    if (note === '') return command.say(t('stays:noteNeeded'));
    if (chosen === 'link' && !whose) return command.say(t('stays:whoseNeeded'));
    const settlement: Settlement =
      chosen === 'link' ? { do: 'link', note, patientId: whose?.patientId ?? '' } : { do: chosen, note };
    void command
      .send((by) => settleTask(task.taskId, settlement, by), rev)
      .then((after) => (after ? onDone(t(`stays:settled.${chosen}`)) : undefined));
  };
  return (
    <>
      <div className="choices" role="group" aria-label={t('stays:whatToDo')}>
        {kinds.map((each) => (
          <button key={each} type="button" className="button" aria-pressed={each === chosen} onClick={() => setWhat(each)}>
            {t(`stays:settle.${each}`)}
          </button>
        ))}
      </div>
      <p>{t(`stays:settleWhat.${chosen}`)}</p>
      {chosen === 'link' ? whose ? <WhoBadge who={whose.who} /> : <PickPatient onPick={setWhose} /> : null}
      <Form error={command.error} onSubmit={send}>
        <TextField label={t('stays:note')} name="note" autoComplete="off" maxLength={200} />
        <button type="submit" className={`button ${chosen === 'dismiss' ? 'danger' : 'primary'}`} aria-disabled={command.busy}>
          {command.busy ? t('stays:sending') : t(`stays:settleNow.${chosen}`)}
        </button>
      </Form>
    </>
  );
}
