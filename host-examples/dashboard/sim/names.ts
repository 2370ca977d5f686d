// What people call those who have an id.

/** Somebody, a team or a shift of the desk. */
export interface Named {
  id: string;
  name?: string | undefined;
}

export const called = ({ id, name }: Named) => name ?? id;

/** What one of a list is called; by its id where it is none of it. */
export const calledIn = (list: readonly Named[], id: string) => called(list.find((one) => one.id === id) ?? { id });
