/** One function for each member of a union that `do` tells apart. */
export type Handlers<Member extends { readonly do: string }, Result> = {
  readonly [Key in Member['do']]: (member: Extract<Member, { readonly do: Key }>) => Result;
};

/** What the member's own function gives. */
export function dispatch<Member extends { readonly do: string }, Result>(
  handlers: Handlers<Member, Result>,
  member: Member,
): Result {
  const key: Member['do'] = member.do;
  // By its type each function takes exactly the members that its key names.
  const handle = handlers[key] as (member: Member) => Result;
  return handle(member);
}
