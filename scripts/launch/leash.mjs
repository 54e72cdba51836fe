/**
 * Loaded into each process that the launcher starts (`node --import`): when the launcher is gone, however it went, the
 * process stops itself as on SIGTERM, so that nothing is left behind on the ports.
 */
const LOOK_EVERY_MS = 1000;
const STOP_WITHIN_MS = 12_000;

const parent = Number(process.env.VIGIL_LAUNCHER_PID);
if (parent > 0) {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  timer.unref();
}
