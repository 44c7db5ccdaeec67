import { useQueryClient } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import { sessionQuery, useSession } from '../../api/session.ts'
import { SettingsPage } from '../../parts/settings.tsx'
import { Facts } from '../../ui/badge.tsx'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Segments, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { Section } from '../../ui/page.tsx'
import { setPreference, usePreference } from '../../ui/preferences.ts'
import { Time, useZoneName } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'

const me = 'GET /api/v1/me'

/** Who is signed in, and how this browser shows money and times. */
export function ProfilePage(): ReactElement {
  const { session } = useSession()
  const found = useApi(me, {})
  const zone = useZoneName()
  return (
    <SettingsPage title="Profile" intro="What other members of your accounts see of you.">
      <NameForm key={session.person.name} name={session.person.name} />
      <Section title="You">
        <Facts
          facts={[
            ['E-mail', session.person.email ?? 'none'],
            ['Id', <CopyText key="id" text={session.person.id} what="id" />],
            [`Since, ${zone}`, found.data ? <Time key="at" at={found.data.data.created_at} show="day" /> : ''],
          ]}
        />
      </Section>
      <Section title="Display" intro="Kept in this browser.">
        <Display />
      </Section>
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(me, {}), does: 'Who is signed in; by session only' },
          { method: 'PATCH', address: '/api/v1/me', body: { name: session.person.name }, does: 'Change the name' },
        ]}
      />
    </SettingsPage>
  )
}

function NameForm({ name: before }: { readonly name: string }) {
  const queries = useQueryClient()
  const [name, setName] = useState(before)
  const save = useAction('PATCH /api/v1/me', { stale: [me] })
  const submit = async () => {
    const outcome = await save.run({ body: { name } })
    if (!outcome.ok) return
    showToast('Your name is changed.')
    await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
  return (
    <Form
      submit="Save"
      onSubmit={() => void submit()}
      isBusy={save.isRunning}
      failure={save.failure}
      reason={name.trim() === '' ? 'Say a name.' : name === before ? 'Nothing was changed.' : undefined}
    >
      <TextField label="Name" name="name" value={name} onChange={setName} maxLength={200} autoComplete="name" />
    </Form>
  )
}

function Display() {
  return (
    <Facts
      facts={[
        [
          'Amounts',
          <Segments
            key="unit"
            label="Amounts in"
            value={usePreference('unit')}
            onChange={(unit) => setPreference('unit', unit)}
            options={[
              { value: 'credits', label: 'Credits' },
              { value: 'usd', label: 'USD' },
            ]}
          />,
        ],
        [
          'Times',
          <Segments
            key="zone"
            label="Times in"
            value={usePreference('zone')}
            onChange={(zone) => setPreference('zone', zone)}
            options={[
              { value: 'local', label: 'Local' },
              { value: 'utc', label: 'UTC' },
            ]}
          />,
        ],
        [
          'Colours',
          <Segments
            key="theme"
            label="Colours"
            value={usePreference('theme')}
            onChange={(theme) => setPreference('theme', theme)}
            options={[
              { value: 'system', label: "System's" },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
          />,
        ],
      ]}
    />
  )
}
