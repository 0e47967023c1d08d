//! The purposes of a model's weights, in terms that all families share. The graph has their shapes.

use serde::{Deserialize, Serialize};

/// The purpose of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The table with a row for each token of the vocabulary.
    Embed,
    PosEmbed,
    SegmentEmbed,
    /// The norm in the embedding.
    EmbedNorm,
    /// The projection of a token's row to the residual stream if their lengths differ.
    EmbedOut,
    /// The norm before attention, or of the sum after it.
    Ln1,
    Query,
    Key,
    Value,
    /// The norm of one head's queries. Number 0 is the shared norm if all heads have the same.
    QueryNorm(usize),
    /// The norm of one head's keys, numbered like [`Role::QueryNorm`].
    KeyNorm(usize),
    /// The map to the vector that queries expand from.
    QueryLatent,
    /// The norm of that vector.
    QueryLatentNorm,
    /// The map to the vector that keys and values expand from.
    KvLatent,
    /// The norm of that vector.
    KvLatentNorm,
    /// The map to the part of keys that all heads share.
    SharedKey,
    /// The map to the vectors that entries are mixtures of.
    EntryValue,
    /// The map to the scores of their shares.
    EntryGate,
    /// The numbers that are added to those scores, by place in a run.
    EntryPlace,
    /// The norm of entries.
    EntryNorm,
    /// The projection of each group of heads.
    GroupOut,
    /// The map to the scores of shares in an indexer's entries.
    IndexGate,
    /// The numbers that are added to those, by place in a run.
    IndexPlace,
    /// The map to an indexer's queries.
    IndexQuery,
    /// The norm of these queries.
    IndexQueryNorm,
    /// The map to an indexer's keys.
    IndexKey,
    /// The norm of an indexer's keys.
    IndexKeyNorm,
    /// The map to the weights of an indexer's heads.
    IndexWeight,
    /// The gate of the mixtures of values.
    MixGate,
    /// The norm of all heads' mixtures before the output projection.
    MixNorm,
    /// The learned scores that belong to no token.
    Sinks,
    /// The router of heads that are experts.
    HeadRouter,
    /// The map of one of these experts to queries.
    HeadIn(usize),
    /// Its map of what its heads mix.
    HeadOut(usize),
    /// The numbers that are added to the output of all of them.
    HeadsBias,
    /// The map of values to the numbers that keys add to their scores.
    KeyGain,
    /// The factor of these numbers.
    KeyGainScale,
    /// One of the four vectors that the share of the second half of heads is made of.
    Lambda(usize),
    /// The numbers that multiply the stream before attention's output is added.
    KeptByAttention,
    /// The numbers that multiply the stream before the MLP's output is added.
    KeptByMlp,
    AttnOut,
    /// The norm of attention's output.
    Ln1Post,
    /// The norm before the MLP, or of the sum after it.
    Ln2,
    /// The first map to the gate of what a norm makes.
    NormGateLow(Half),
    /// The second one.
    NormGate(Half),
    /// The map to a recurrent mixer's queries (C in state-space models).
    StateQuery,
    /// The map to a recurrent mixer's keys (B in state-space models).
    StateKey,
    /// The map to a recurrent mixer's values (x in state-space models).
    StateValue,
    /// The convolution of a recurrent mixer's queries.
    ConvolvedQuery,
    ConvolvedKey,
    ConvolvedValue,
    /// The map to steps, or to a part of them.
    Step,
    /// The map to the numbers from which steps are made.
    StepLow,
    /// The norm of the numbers from which steps are made.
    StepNorm,
    /// The norm of a recurrent mixer's queries.
    StateQueryNorm,
    StateKeyNorm,
    /// The number added to each head's steps.
    StepBias,
    /// The logarithm of how fast each head's state fades.
    DecayLog,
    /// The map to the share of the error that is written.
    Beta,
    /// The map to the gate of what is written.
    WriteGate,
    /// The map to the gate of what is forgotten.
    DecayGate,
    /// The norm of what a shared block reads.
    SharedLn1,
    /// The norm of what the MLP of a shared block reads.
    SharedLn2,
    /// The layer's own map of what a shared block makes.
    SharedBlockOut,
    /// The first map of what a layer adds to a shared one. An MLP's two halves have it in common.
    AdapterLow(Adapted),
    /// The second one.
    AdapterOut(Adapted),
    /// The number added to a token's own exponent where it reads itself.
    Bonus,
    /// The share of a token's own row in what keys, or exponents, are read from; the rest is the row before.
    ShiftKey,
    /// That share of what values are read from.
    ShiftValue,
    /// That share of what the gate is read from.
    ShiftGate,
    /// That share of what the MLP reads.
    ShiftMlp,
    /// That share of what the MLP's gate is read from.
    ShiftMlpGate,
    /// The map to the gate of the MLP's output.
    MlpGate,
    /// The map to the gate of what is read, or of what a short convolution writes.
    StateGate,
    /// The map to the numbers that a gate is made of.
    StateGateLow,
    /// The map to the gate of what a short convolution reads.
    StateGateIn,
    /// The norm of what is read.
    StateNorm,
    /// The factor of values that are added to what is read.
    Skip,
    StateOut,
    /// The projection whose output the activation reads.
    MlpIn,
    /// The linear half of a gated MLP (`hook_pre_linear`).
    MlpLinear,
    MlpOut,
    /// The norm of the neurons before [`Role::MlpOut`].
    NeuronNorm,
    /// The learned numbers of an activation.
    ActivationAlpha(Sign),
    /// The factor of the linear part of an activation with learned numbers.
    ActivationBeta,
    /// The bound near 0 of an activation with learned numbers.
    ActivationEps,
    /// The router: a score of each expert for each token.
    Router,
    /// The numbers added to the experts' scores for the choice.
    RouterChoice,
    /// The table of each token's experts.
    RouterTable,
    /// The [`Role::MlpIn`] of the MLP beside the experts.
    SharedIn,
    /// The [`Role::MlpLinear`] of the MLP beside the experts.
    SharedLinear,
    /// The [`Role::MlpOut`] of the MLP beside the experts.
    SharedOut,
    /// The map to the number that multiplies the MLP beside the experts.
    SharedGate,
    /// One expert's [`Role::MlpIn`].
    ExpertIn(usize),
    /// One expert's [`Role::MlpLinear`].
    ExpertLinear(usize),
    /// One expert's [`Role::MlpOut`].
    ExpertOut(usize),
    /// The numbers that are added to the output of all experts.
    ExpertsBias,
    /// The norm of what the router reads.
    RouterNorm,
    /// The factor of each expert's share.
    ExpertScale,
    /// The norm of what experts read, where it is not the MLP's.
    ExpertsNorm,
    /// The norm of the MLP's output before the experts' is added.
    MlpPost,
    /// The norm of the experts' output before the MLP's is added.
    ExpertsPost,
    /// The norm of the MLP's output.
    Ln2Post,
    /// The table of a layer's own embedding.
    LayerEmbed,
    /// The map of the token's embedding that is added to it.
    LayerContext,
    /// The norm of that map's output.
    LayerContextNorm,
    /// The map of the stream whose activation gates a layer's own embedding.
    LayerGate,
    /// The map of the gated embedding back to the stream.
    LayerOut,
    /// The norm of that map's output.
    LayerOutNorm,
    /// The map that makes another stream of the embedding; they are numbered from 0.
    StreamIn(usize),
    /// The map of another stream before all are merged.
    StreamOut(usize),
    /// The norm of what a block's modes are read from.
    ModesNorm,
    /// The map to a block's modes: a number for each stream.
    Modes,
    /// The map from modes to the numbers that predict each stream from all.
    Predict,
    /// The map from modes to the numbers that correct each stream.
    Correct,
    /// The factor of the corrected stream before it gates a layer's own embedding.
    CorrectedScale,
    /// The first map of a low-rank residual.
    LowRankIn,
    /// Its second map.
    LowRankOut,
    /// The norm of its output.
    LowRankNorm,
    /// The norm before the small MLP at the end of a block.
    BottleneckNorm,
    /// Its maps.
    BottleneckIn,
    BottleneckOut,
    /// The map from all streams to the shares in which they are read.
    StreamsRead(Half),
    /// The factor and the numbers between that map and shares.
    StreamsReadBy(Half),
    /// The map from all streams to the shares in which they are written to.
    StreamsWrite(Half),
    StreamsWriteBy(Half),
    /// The map from all streams to the shares in which they are mixed.
    StreamsMix(Half),
    StreamsMixBy(Half),
    /// The norm of streams that are read an element at a time.
    StreamsNorm(Half),
    /// The first map to the shares of their elements; [`Role::StreamsRead`] is the second.
    StreamsReadLow(Half),
    /// One part of the table of runs of tokens.
    NGramTable(usize),
    /// Its last part, if that has fewer rows.
    NGramTableEnd,
    /// The map of its rows to a key for each stream.
    NGramKey,
    NGramKeyNorm,
    /// The map of its rows to the value that is added to streams.
    NGramValue,
    /// The norm of streams before they meet keys.
    NGramQueryNorm,
    /// The norm of gated values before their convolution.
    NGramConvolvedNorm,
    NGramConvolved,
    /// The number that multiplies the stream at the end of a block.
    BlockScale,
    /// The map from the first token's row to the pooled vector.
    Pooler,
    /// The map between the stream and the final norm, in the head that fills in masked tokens.
    Transform,
    /// The norm behind that map, if the stream has a norm of its own.
    HeadNorm,
    /// The norm before the unembedding.
    LnFinal,
    /// The projection of the residual stream to the length of a token's row.
    UnembedIn,
    Unembed,
}

/// The map that an adapter adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adapted {
    Query,
    Key,
    Value,
    Mlp,
    MlpLinear,
}

/// The side of 0 on which a number of an activation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    Above,
    Below,
}

/// The part of a model that reads several streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    Mixer,
    Mlp,
    /// The unembedding.
    End,
}

impl Half {
    /// The name of its norm.
    pub fn norm(self) -> &'static str {
        match self {
            Half::Mixer => "ln1",
            Half::Mlp => "ln2",
            Half::End => "ln_final",
        }
    }
}

impl Half {
    /// The name of its module.
    pub fn module(self) -> &'static str {
        match self {
            Half::Mixer => "hyper1",
            Half::Mlp => "hyper2",
            Half::End => "hyper_final",
        }
    }
}

/// One of a role's two tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Param {
    Weight,
    Bias,
}

impl Role {
    /// The number of the expert or head among several in one block; `None` for a role of one member.
    pub fn member(self) -> Option<usize> {
        match self {
            Role::ExpertIn(i) | Role::ExpertLinear(i) | Role::ExpertOut(i) => Some(i),
            Role::QueryNorm(i) | Role::KeyNorm(i) => Some(i),
            Role::StreamIn(i) | Role::StreamOut(i) | Role::Lambda(i) => Some(i),
            Role::HeadIn(i) | Role::HeadOut(i) | Role::NGramTable(i) => Some(i),
            _ => None,
        }
    }

    /// The role of member `member`; a role with one member stays itself.
    pub fn with_member(self, member: usize) -> Role {
        match self {
            Role::ExpertIn(_) => Role::ExpertIn(member),
            Role::ExpertLinear(_) => Role::ExpertLinear(member),
            Role::ExpertOut(_) => Role::ExpertOut(member),
            Role::QueryNorm(_) => Role::QueryNorm(member),
            Role::KeyNorm(_) => Role::KeyNorm(member),
            Role::StreamIn(_) => Role::StreamIn(member),
            Role::StreamOut(_) => Role::StreamOut(member),
            Role::Lambda(_) => Role::Lambda(member),
            Role::HeadIn(_) => Role::HeadIn(member),
            Role::HeadOut(_) => Role::HeadOut(member),
            Role::NGramTable(_) => Role::NGramTable(member),
            alone => alone,
        }
    }
}
