/**
 * The rare and important branches of core and replica, each with a name and a sentence: what a long run must have
 * reached at least once, or it says nothing of it (as `marks` in TigerBeetle and `TEST` macros in FoundationDB).
 */

/** Name -> what has happened where the branch was taken. In the order of the data flow. */
export const MARK_SENTENCES = {
  // replica
  inboxFull: 'A message of a peer was dropped because its share of the inbox is full.',
  storeFailed: 'The store failed, and the replica stopped.',
  catchUpBegun: 'A node far behind asked a peer for whole commits.',
  catchUpGoneOn: 'An answer of whole commits was followed by a question for the next ones.',
  catchUpTimedOut: 'The order did not grow in time, and the peer that sends whole commits lost its turn.',
  divergenceSeen: 'A peer showed another digest of the same commit.',
  notHeldAnswered: 'A peer was told that a vertex it asked for is not held here.',
  requestDropped: 'A request was dropped because its sender has too many waiting.',
  linkFull: 'An answer waited because the link took no more.',
  recallUnanswered: 'A recall got no answer from a node that does not know its own past.',
  // intake
  vertexWaited: 'A vertex came before something it cites.',
  waitingReleased: 'A vertex that waited became solid by what came after it.',
  pendingEvicted: 'The pending area was full, and the oldest of its largest share went.',
  pendingRejected: 'A vertex broke a rule, and one that waited for it went with it.',
  surplusDropped: 'A third statement of one author and round came unasked and was dropped.',
  surplusCited: 'A third statement of one author and round was accepted because something cites it.',
  citationRefused: 'A statement whose citations break a rule was refused.',
  parentNotTransaction: 'A vertex that takes a statement for a transaction was refused.',
  submissionParentUnknown: 'A submission was refused because a parent is unknown here.',
  // repair
  wantShareFull: 'A missing id had no room among the wanted ones of its peer.',
  wantTakenLater: 'A missing id that had no room was taken in when there was some.',
  askedAfterNotHeld: 'A peer does not hold what it was asked for, and another one was asked at once.',
  askedRoundWithoutAnswer: 'No peer holds a wanted id: the next turn of questions waits.',
  askedAgainInTime: 'A question was not answered in time, and the next peer was asked.',
  askedAfterPeerDown: 'The peer that had to answer went down, and another one was asked.',
  wantGivenUp: 'An id that nothing waits for was given up after enough tries.',
  nobodyToAsk: 'A missing id had nobody to be asked of.',
  // tangle
  finishedCited: 'A statement cites one that a commit has finished.',
  freshlyFinishedRead: 'A statement was finished in this very turn when it was looked for: no store knows it yet.',
  freshlyFinalRead: 'A transaction became final in this very turn when it was looked for: no store knows it yet.',
  closedEdgesCut: 'An open statement at or below a committed round lost its edges into what is final.',
  equivocationSeen: 'Two statements of one author and round were accepted.',
  // pacemaker and proposer
  wokenByPeer: 'What a peer sent gave an idle node something to do.',
  roundJumped: 'A round was left out: the one jump that is allowed.',
  roundBackFilled: 'A round below the open one was signed because the slot two below it is undecided.',
  openRoundLeapt: 'A statement showed that a round is open which the rounds seen here did not open.',
  leaderWaitEnded: 'The wait for leader and votes ran out, and the round was signed without them.',
  spacingHeld: 'A round was ready and had to wait for the spacing of rounds.',
  delayDoubled: 'Rounds passed without a commit, and the estimate of the delay doubled.',
  delayCapped: 'The estimate of the delay reached its cap.',
  tipsLeftOver: 'More tips were uncovered than a statement may cite.',
  laggingLeaderCitedNone: 'A leader whose commit would bear an old time left the transactions to the others.',
  // own past
  doubtRaised: 'An own statement turned up that the store lacks: the own past is in doubt.',
  doubtRestarted: 'A node started with its own past in doubt.',
  recallAsked: 'A node in doubt asked the others for its past.',
  recallHeard: 'An answer to a recall was taken in.',
  doubtAnswerWaits: 'An answer to a recall did not count yet: what it names is not accepted here.',
  doubtSettled: 'Enough of the others answered, and the node signs again.',
  openReplayed: 'A node started with statements that no commit had finished.',
  // confirmation
  directSkip: 'A slot was skipped because a quorum blames its leader.',
  indirectCommit: 'A slot that its own votes left open was committed through an anchor.',
  indirectSkip: 'A slot that its own votes left open was skipped through an anchor.',
  anchorSearchedPastSkip: 'The search for an anchor went past a skipped slot.',
  anchorUndecided: 'A slot stayed undecided because the first slot that could anchor it is.',
  verdictAboveUndecided: 'A slot was decided while one below it was not, and waited.',
  leaderLate: 'The statement of a leader came after its slot was decided.',
  leaderVersionCommitted: 'One of several statements of an equivocating leader was committed.',
  leaderVersionsSkipped: 'The slot of an equivocating leader was skipped.',
  ruleHalted: 'The rule found more than the tolerated weight faulty.',
  // order and ledger
  commitWithoutTransactions: 'A commit made no transaction final.',
  commitWithoutMedian: 'A round-1 leader was committed: it has no clocks below it.',
  commitTimeHeld: 'The median of the clocks was behind the last commit, and time stood still.',
  stateRecorded: 'A commit recorded the digest of the ledger state.',
  unknownDevice: 'A transaction of a key that is not registered became final.',
  revokedDevice: 'A transaction of a revoked key became final.',
  quarantinedDevice: 'A transaction of a key in quarantine became final.',
  sequenceTooOld: 'A sequence number below the replay window became final.',
  sequenceUsed: 'A sequence number became final a second time.',
  notAuthorised: 'A registry change of somebody who may not make it became final.',
  malformedPayload: 'A registry change that cannot be made became final.',
  deviceEquivocated: 'Two contents were final under one sequence number.',
  contentReattached: 'The same content became final again over other parents.',
  sequenceGapFilled: 'A sequence number below the highest was used for the first time.',
  windowSlid: 'A used number left the replay window because one 1,024 higher was used.',
  windowLeapt: 'The sequence numbers leapt over a whole replay window.',
  lastAdministratorKept: 'The last active administrator was to go, and stayed.',
} as const;

export type MarkName = keyof typeof MARK_SENTENCES;

export const MARK_NAMES = Object.keys(MARK_SENTENCES) as readonly MarkName[];
