/** Who is told when credits or limits run out: webhooks, what they listen for, and the way of events to them. */
export { deliverDue, type DeliverTools } from './deliver.ts'
export { type Delivery, type EventType, eventTypes, type Webhook } from './types.ts'
export { dismissKeyNotice, findKeyNotice, type KeyNotice, listKeyNotices } from './unusual/notices.ts'
export {
  createUsageAlert,
  deleteUsageAlert,
  findUsageAlert,
  listUsageAlerts,
  type UsageAlert,
  usageAlertsMax,
} from './usage/alerts.ts'
export { alertSpans } from './usage/span.ts'
export { alertMetrics } from './usage/store.ts'
export { watchCredits } from './watch.ts'
export { watchUse } from './watch-use.ts'
export {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  findWebhook,
  listDeliveries,
  listWebhooks,
  lowBalanceOf,
  purgeDeliveries,
  setLowBalance,
  testWebhook,
  webhooksMax,
} from './webhooks.ts'
