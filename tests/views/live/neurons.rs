//! The neurons that write most.

use layerwise::trace::attribution::PartKind;

use super::super::*;
use super::attribution::attribute;
use super::*;

/// A neuron's column of output weights, through the frozen final norm and the unembedding.
#[test]
fn neurons_move_the_tokens_that_their_weights_favour() {
    for name in ["llama", "gemma2", "phi", "opt_norm_of_sum"] {
        let mut live = open(&fixture(name), Dtype::F64);
        let rows = live.passes()[0].tokens.len();
        let query = Query::Neurons {
            pass: 0,
            row: rows - 1,
            layer: 1,
            k: 100_000,
            tokens: 3,
        };
        let Answer::Neurons { neurons } = ask(&mut *live, &query).unwrap() else {
            panic!()
        };
        let post = all(&mut *live, 0, "1.mlp.post");
        let post = last(&post, rows);
        assert_eq!(neurons.len(), post.len());
        assert!(neurons.windows(2).all(|pair| pair[0].size >= pair[1].size));
        // All neurons together move a token by what attribution says of the MLP.
        let moved = neurons[0].raises[0].id;
        let of = attribute(&mut *live, 0, rows - 1, [Some(moved), None]).unwrap();
        let mlp = of
            .parts
            .iter()
            .find(|p| (p.kind, p.layer) == (PartKind::Mlp, Some(1)));
        let mlp = mlp.unwrap().value;
        let everything = Query::Neurons {
            pass: 0,
            row: rows - 1,
            layer: 1,
            k: 100_000,
            tokens: live.model().d_vocab,
        };
        let Answer::Neurons { neurons } = ask(&mut *live, &everything).unwrap() else {
            panic!()
        };
        let by = |n: &layerwise::trace::attribution::Neuron| {
            n.raises.iter().find(|m| m.id == moved).unwrap().by
        };
        let sum: f64 = neurons.iter().map(by).sum();
        assert!(near(sum, mlp, 1e-9), "{name}: {sum} {mlp}");
        for neuron in &neurons {
            assert_eq!(neuron.activation, post[neuron.index], "{name}");
        }
    }
    let mut live = open(&fixture("mixtral"), Dtype::F32);
    for (layer, why) in [(0, "has experts"), (99, "no block 99")] {
        let query = Query::Neurons {
            pass: 0,
            row: 0,
            layer,
            k: 1,
            tokens: 1,
        };
        let error = ask(&mut *live, &query).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
