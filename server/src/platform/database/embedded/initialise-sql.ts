// What initdb of PostgreSQL 18 (src/bin/initdb/initdb.c) tells a new cluster; a test compares the outcome with initdb's.

/** The steps in order: statements, or the name of a file of PostgreSQL's `share` folder that holds them. */
export type Step = { readonly sql: string } | { readonly file: string }

const initialPrivileges = [
  { catalog: 'pg_class', acl: 'relacl', where: `and relkind in ('r', 'v', 'm', 'S')` },
  { catalog: 'pg_proc', acl: 'proacl', where: '' },
  { catalog: 'pg_type', acl: 'typacl', where: '' },
  { catalog: 'pg_language', acl: 'lanacl', where: '' },
  { catalog: 'pg_largeobject_metadata', acl: 'lomacl', where: '' },
  { catalog: 'pg_namespace', acl: 'nspacl', where: '' },
  { catalog: 'pg_foreign_data_wrapper', acl: 'fdwacl', where: '' },
  { catalog: 'pg_foreign_server', acl: 'srvacl', where: '' },
]

const recordInitialPrivileges = initialPrivileges.map(
  ({ catalog, acl, where }) => `
    insert into pg_init_privs (objoid, classoid, objsubid, initprivs, privtype)
    select oid, (select oid from pg_class where relname = '${catalog}'), 0, ${acl}, 'i'
    from ${catalog} where ${acl} is not null ${where}`,
)

const recordInitialColumnPrivileges = `
  insert into pg_init_privs (objoid, classoid, objsubid, initprivs, privtype)
  select pg_class.oid, (select oid from pg_class where relname = 'pg_class'), attnum, attacl, 'i'
  from pg_class join pg_attribute on pg_class.oid = attrelid
  where attacl is not null and relkind in ('r', 'v', 'm', 'S')`

const describeOperatorFunctions = `
  with funcdescs as (
    select p.oid as p_oid, o.oid as o_oid, oprname from pg_proc p join pg_operator o on oprcode = p.oid
  )
  insert into pg_description
  select p_oid, 'pg_proc'::regclass, 0, 'implementation of ' || oprname || ' operator' from funcdescs
  where not exists (select 1 from pg_description where objoid = p_oid and classoid = 'pg_proc'::regclass)
    and not exists (
      select 1 from pg_description
      where objoid = o_oid and classoid = 'pg_operator'::regclass and description like 'deprecated%')`

const openCatalogsForReading = `
  update pg_class set relacl = (
    select array_agg(a.acl) from (
      select E'=r/"redpill"' as acl
      union select unnest(pg_catalog.acldefault(case when relkind = 'S' then 's' else 'r' end::"char", 10::oid))
    ) as a)
  where relkind in ('r', 'v', 'm', 'S') and relacl is null`

/** `version` as in `18.4`; `share` is the folder with PostgreSQL's own scripts. The superuser is called `redpill`. */
export function initialiseSteps(version: string, share: string): Step[] {
  const [major = '', minor = ''] = version.split('.')
  const standardVersion = `${major.padStart(2, '0')}.${minor.padStart(2, '0')}.0000`
  const statements = (...all: readonly string[]): Step[] => all.map((sql) => ({ sql }))
  return [
    ...statements('revoke all on pg_authid from public'),
    { file: 'system_constraints.sql' },
    { file: 'system_functions.sql' },
    ...statements('select pg_stop_making_pinned_objects()'),
    { file: 'system_views.sql' },
    ...statements(
      describeOperatorFunctions,
      `update pg_collation set collversion = pg_collation_actual_version(oid) where collname = 'unicode'`,
      `select pg_import_system_collations('pg_catalog')`,
    ),
    { file: 'snowball_create.sql' },
    ...statements(
      openCatalogsForReading,
      'grant usage on schema pg_catalog, public to public',
      'revoke all on pg_largeobject from public',
      ...recordInitialPrivileges.toSpliced(1, 0, recordInitialColumnPrivileges),
    ),
    { file: 'information_schema.sql' },
    ...statements(
      `update information_schema.sql_implementation_info set character_value = '${standardVersion}'
       where implementation_info_name = 'DBMS VERSION'`,
      `copy information_schema.sql_features
         (feature_id, feature_name, sub_feature_id, sub_feature_name, is_supported, comments)
       from E'${share.replaceAll(/['\\]/g, String.raw`\$&`)}/sql_features.txt'`,
      'create extension plpgsql',
      'analyze',
      'vacuum freeze',
      'create database template0 is_template = true allow_connections = false oid = 4 strategy = file_copy',
      `update pg_database set datcollversion = null where datname = 'template0'`,
      `update pg_database set datcollversion = pg_database_collation_actual_version(oid) where datname = 'template1'`,
      'revoke create, temporary on database template1 from public',
      'revoke create, temporary on database template0 from public',
      `comment on database template0 is 'unmodifiable empty database'`,
      'vacuum pg_database',
      'create database postgres oid = 5 strategy = file_copy',
      `comment on database postgres is 'default administrative connection database'`,
      'create database redpill strategy = file_copy',
    ),
  ]
}
