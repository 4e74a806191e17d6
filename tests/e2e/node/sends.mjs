// Whatever else a backend sends.
import { PostHog } from 'posthog-node'

const posthog = new PostHog(process.env.SPLITPLOT_PROJECT_TOKEN, {
  host: process.env.SPLITPLOT_URL,
})
const distinctId = process.env.SENDER
posthog.capture({
  distinctId,
  event: `zoned for ${distinctId}`,
  timestamp: new Date('2026-03-01T12:00:00+03:00'),
  uuid: process.env.EVENT_UUID,
  properties: { amount: 3, $session_id: 's-1' },
})
posthog.setPersonProperties({ distinctId, properties: { plan: 'pro' }, propertiesOnce: { first: 1 } })
posthog.setPersonProperties({ distinctId, properties: { plan: 'free', old: true }, propertiesOnce: { first: 2 } })
posthog.unsetPersonProperties({ distinctId, properties: 'old' })
posthog.captureException(new Error('broken'), distinctId)
posthog.captureAi({ distinctId, event: '$ai_generation', properties: { $ai_model: 'm' } })
await posthog.shutdown()
