/** Work that recurs: run at its interval, reported for all processes to see, and run at once when somebody asks. */
export { type JobReport, readJobReports, reportEveryMs, reportJobs, withdrawJobReport } from './report.ts'
export { type Job, type Jobs, type JobState, type RunNow, startJobs } from './run.ts'
