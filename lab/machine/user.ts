/** The ordinary user of the lab's machines, the same in all of them. */
export const labUser = { name: 'fairlead', uid: 31415, home: '/home/fairlead' } as const;
