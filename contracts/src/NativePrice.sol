// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPriceFeed} from "./IPriceFeed.sol";

/// @title What a chain's own coin is worth, by a feed that is asked with suspicion
/// @notice Every doubt is a refusal: a payment in coin waits or is made in a token instead, never at a price that nobody
///         vouches for.
library NativePrice {
    /// @notice A price feed and what makes its answer believable.
    /// @param feed USD for one coin; the zero address means that coin is sold without a feed, by the quote alone
    /// @param heartbeat seconds after which an answer of this very feed is too old
    /// @param sequencer on a rollup, the feed that tells whether its sequencer is up; else the zero address
    /// @param grace seconds that the sequencer must have been up, so that prices have caught up
    /// @param toleranceBps by how much a quote may lie below the feed's price, in hundredths of a percent
    struct Source {
        IPriceFeed feed;
        uint32 heartbeat;
        IPriceFeed sequencer;
        uint32 grace;
        uint16 toleranceBps;
    }

    /// @notice There is no feed to ask.
    error NoFeed();
    /// @notice The feed's answer is no price.
    error BadPrice(int256 answer);
    /// @notice The feed's answer is older than its heartbeat, or from the future.
    error StalePrice(uint256 updatedAt);
    /// @notice The rollup's sequencer is down, or was until a moment ago.
    error SequencerDown();

    uint256 private constant BPS = 10_000;
    /// An amount is USD * 10^9, a coin is 10^18: what is left is 10^9.
    uint256 private constant NANO_USD_TO_WEI = 10 ** 9;

    /// @notice Wei that are worth `nanoUsd` at this moment, rounded up.
    function amountFor(Source storage source, uint256 nanoUsd) internal view returns (uint256) {
        IPriceFeed feed = source.feed;
        if (address(feed) == address(0)) revert NoFeed();
        requireSequencer(source.sequencer, source.grace);
        (, int256 answer,, uint256 updatedAt,) = feed.latestRoundData();
        if (answer <= 0) revert BadPrice(answer);
        if (updatedAt > block.timestamp || block.timestamp - updatedAt > source.heartbeat) revert StalePrice(updatedAt);
        uint256 scale = NANO_USD_TO_WEI * 10 ** feed.decimals();
        // The sign was looked at above.
        // forge-lint: disable-next-line(unsafe-typecast)
        return Math.mulDiv(nanoUsd, scale, uint256(answer), Math.Rounding.Ceil);
    }

    /// @notice The least that is accepted for `nanoUsd`: the feed's price less the tolerance, rounded up.
    function leastFor(Source storage source, uint256 nanoUsd) internal view returns (uint256) {
        return Math.mulDiv(amountFor(source, nanoUsd), BPS - source.toleranceBps, BPS, Math.Rounding.Ceil);
    }

    function requireSequencer(IPriceFeed sequencer, uint256 grace) private view {
        if (address(sequencer) == address(0)) return;
        (, int256 isDown, uint256 since,,) = sequencer.latestRoundData();
        // `since` is zero until the feed was told for the first time.
        if (isDown != 0 || since == 0 || since > block.timestamp || block.timestamp - since <= grace) {
            revert SequencerDown();
        }
    }
}
