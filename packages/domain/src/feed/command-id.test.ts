import { CommandId } from '@vigil/contracts';
import { commandIdOf } from './command-id.js';

test('the same causes make the same id, others another, and each is one', () => {
  expect(commandIdOf('hl7-1', 0)).toBe(commandIdOf('hl7-1', 0));
  const ids = Array.from({ length: 200 }, (_, at) => commandIdOf('hl7-1', at));
  expect(new Set(ids).size).toBe(200);
  for (const id of ids) expect(CommandId.safeParse(id).success).toBe(true);
});
