import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeyFile, SealError } from '@vigil/sealed-records';
import { DeviceList } from '../devices/registry.js';
import { fine, type Finding, mend, systemCode } from './finding.js';

/** The key file: there, private and whole. Says nothing of what is in it. */
export async function keyFindings(dataDir: string): Promise<Finding[]> {
  const file = join(dataDir, 'kek.json');
  const names = await readdir(join(dataDir, 'spool')).catch(() => []);
  const isSealed = names.some((name) => name.endsWith('.seg'));
  try {
    await stat(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && !isSealed) return [fine('key file', 'made by the first start; then back it up')];
    return [
      mend('key file', `${file} can't be found, but the spool needs it; restore it from its backup, apart from the data's`),
    ];
  }
  try {
    await openKeyFile(file, { create: 'never' });
    return [fine('key file', 'whole and for its owner only')];
  } catch (error) {
    return [mend('key file', error instanceof SealError ? error.message : `${file} can't be read (${systemCode(error)})`)];
  }
}

/** The devices file, where there is one: private and understood. */
export async function deviceFileFindings(file: string, hasConfig: boolean): Promise<Finding[]> {
  const what = 'devices';
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return [mend(what, `${file} can be read by others and may hold tokens; run: chmod 600 ${file}`)];
    }
    const list = DeviceList.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (!list.success) return [mend(what, `${file} is not understood at entry ${list.error.issues[0]?.path.join('.') ?? ''}`)];
    if (list.data.length === 0 && !hasConfig)
      return [mend(what, `${file} names none, so every device is refused; enrol devices with \`vigil devices enrol\``)];
    return [fine(what, `${list.data.length} in ${file}`)];
  } catch (error) {
    if (error instanceof SyntaxError) return [mend(what, `${file} is no JSON`)];
    if (systemCode(error) !== 'ENOENT') return [mend(what, `${file} can't be read (${systemCode(error)})`)];
    if (hasConfig) return [fine(what, 'no devices file; they are known from the configuration of the platform alone')];
    return [mend(what, `${file} is missing, so every device is refused; enrol devices with \`vigil devices enrol\``)];
  }
}
