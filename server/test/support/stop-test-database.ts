import { stopTestCluster, stopTestClusterWhenIdle } from './test-cluster.ts'

/** Run after the tests: nothing that they started is left running. With `--when-idle` it waits for the last user. */
if (process.argv.includes('--when-idle')) {
  process.stdout.write('ready\n')
  await stopTestClusterWhenIdle()
} else {
  await stopTestCluster()
}
