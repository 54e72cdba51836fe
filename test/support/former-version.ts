import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.js';

const BUILD_MS = 600_000;
const TAR_BYTES_MAX = 1024 ** 3;
const OWN_SCOPE = '@vigil';

/**
 * A tree of an earlier commit of this repository, built, with the packages that are installed here. It stays in `.vigil-faults`, so that the
 * next run finds it. Null where the commit is not there (a clone without history), after the reason was printed.
 */
export function formerVersion(commit: string): string | null {
  const folder = join(ROOT, '.vigil-faults', `former-${commit}`);
  if (existsSync(join(folder, 'dist', 'main.js'))) return folder;
  const known = spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: ROOT });
  if (known.status !== 0) {
    process.stderr.write(`skipped: the commit ${commit} is not here (a clone without history: git fetch --unshallow)\n`);
    return null;
  }
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const tar = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: TAR_BYTES_MAX });
  execFileSync('tar', ['-x'], { cwd: part, input: tar });
  linkPackages(part);
  // Nobody looks at a screen here: the dashboard is today's, where there is one.
  const dashboard = join('packages', 'dashboard', 'dist');
  if (existsSync(join(ROOT, dashboard))) symlinkSync(join(ROOT, dashboard), join(part, dashboard));
  run(part, 'node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json');
  run(part, 'node_modules/@nestjs/cli/bin/nest.js', 'build');
  renameSync(part, folder);
  return folder;
}

/** Packages of others are those that are installed; our own are those of that commit. */
function linkPackages(tree: string): void {
  const installed = join(ROOT, 'node_modules');
  const to = join(tree, 'node_modules');
  mkdirSync(join(to, OWN_SCOPE), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name !== OWN_SCOPE && name !== '.cache') symlinkSync(join(installed, name), join(to, name));
  }
  for (const name of readdirSync(join(installed, OWN_SCOPE))) {
    const link = join(installed, OWN_SCOPE, name);
    if (lstatSync(link).isSymbolicLink()) symlinkSync(readlinkSync(link), join(to, OWN_SCOPE, name));
  }
}

function run(tree: string, script: string, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(tree, script), ...args], {
    cwd: tree,
    encoding: 'utf8',
    timeout: BUILD_MS,
  });
  if (status !== 0) throw new Error(`${script} in ${tree} failed:\n${stdout}${stderr}`.slice(0, 8_000));
}
