// What the flags serve each user, asked of the server and decided here.
import { PostHog } from 'posthog-node'

const token = process.env.SPLITPLOT_PROJECT_TOKEN
const host = process.env.SPLITPLOT_URL
const remote = new PostHog(token, { host })
const local = new PostHog(token, { host, secretKey: process.env.SPLITPLOT_SECRET_KEY })
const isReady = await local.waitForLocalEvaluationReady()

const users = []
for (let number = 0; number < 60; number++) {
  const about = {
    personProperties: { plan: number % 2 ? 'free' : 'pro' },
    groups: { company: `company-${number}` },
    groupProperties: { company: { seats: String(number) } },
  }
  const user = `someone-${number}`
  users.push({
    asked: await remote.getAllFlagsAndPayloads(user, about),
    decided: await local.getAllFlagsAndPayloads(user, { ...about, onlyEvaluateLocally: true }),
  })
}
const payload = await local.getRemoteConfigPayload('banner')
await remote.shutdown()
await local.shutdown()
console.log(JSON.stringify({ isReady, users, payload }))
